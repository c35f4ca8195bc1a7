#include "core/train/cost/benchmark.h"

#include "core/base/atomic_file.h"
#include "core/base/heap.h"
#include "core/base/memory_use.h"
#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "core/data/sample/sample_dataset.h"
#include "core/model/inference_torch.h"
#include "core/run/run_store.h"
#include "core/train/cost/benchmark_roofline_torch.h"
#include "core/train/cost/best_time.h"
#include "core/train/trainer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr int batchSize = 32;
constexpr int pictureSide = 400;
/// Of the made data set; its epoch times are multiplied up to 2,000 and 1,000.
constexpr int madeForTraining = 256;
constexpr int madeForValidation = 128;

class Benchmark
{
public:
    Benchmark(const BenchmarkOptions& options, std::function<void(const BenchmarkFigure&)> measured,
              std::stop_token stop)
        : m_options(options)
        , m_measured(std::move(measured))
        , m_stop(std::move(stop))
        , m_device(availableDevices().front())
        , m_weights(randomBaseWeights(BackboneSpec{}, 0))
        , m_network(m_weights, HeadSpec{}, c10::Device(at::kCPU))
    {
    }

    std::optional<std::vector<BenchmarkFigure>> run()
    {
        setThreadCount(m_options.threads);
        const auto images = m_options.work / "pictures";
        // As cameras give them.
        generateSampleDataset(images, (madeForTraining + madeForValidation) / 2, pictureSide, 1,
                              SampleFormat::Jpeg);
        if (!m_options.quick) {
            part([&] { measureEpochs(images); });
            // Before LibTorch's own layers, which take more than all of ours.
            add("peak_memory_mib", peakOwnMemory() / (1 << 20), "MiB",
                "most memory used by these trainings, libraries' pages apart");
        }
        part([&] { measureRaw("raw.float32_nchw", at::kFloat, at::MemoryFormat::Contiguous); });
        part([&] { measureRaw("raw.float32_nhwc", at::kFloat, at::MemoryFormat::ChannelsLast); });
        part([&] { measureChain("raw.float32_thaw", at::kFloat); });
        if (m_device.bfloat16 != Bfloat16Support::None) {
            part([&] { measureRaw("raw.bfloat16_nchw", at::kBFloat16, at::MemoryFormat::Contiguous); });
            part([&] { measureRaw("raw.bfloat16_nhwc", at::kBFloat16, at::MemoryFormat::ChannelsLast); });
            part([&] { measureChain("raw.bfloat16_thaw", at::kBFloat16); });
        }
        part([&] { measureFeatures(images); });
        if (!m_options.quick) {
            part([&] {
                measureRoofline(
                    m_network, fastestType(), batchSize,
                    [this](const BenchmarkFigure& figure) { add(figure); }, m_stop);
            });
            part([&] { measurePictures(images); });
        }
        return m_stop.stop_requested() ? std::nullopt : std::optional(std::move(m_figures));
    }

private:
    /// Each measures with memory of its own, as a program that does nothing else would.
    template <typename Measure>
    void part(Measure measure)
    {
        if (!m_stop.stop_requested()) {
            measure();
            returnFreedMemory();
        }
    }

    void add(const std::string& name, double value, const std::string& unit, const std::string& explanation)
    {
        add({name, value, unit, explanation});
    }
    void add(const BenchmarkFigure& figure)
    {
        m_figures.push_back(figure);
        m_measured(figure);
    }

    /// @param once does so many pictures
    template <typename Once>
    double rateOf(int pictures, double seconds, Once once) const
    {
        return pictures / bestTime(seconds, m_stop, once);
    }

    at::ScalarType fastestType() const { return scalarTypeOf(resolvePrecision(Precision::Auto, m_device)); }

    void measureRaw(const std::string& name, at::ScalarType type, at::MemoryFormat format)
    {
        const at::NoGradGuard guard;
        std::vector<at::Tensor> tensors;
        for (const NamedParameter& parameter : m_network.parameters()) {
            if (parameter.name.starts_with("features.")) {
                const at::Tensor values = parameter.tensor.to(type);
                tensors.push_back(values.dim() == 4 ? values.contiguous(format) : values);
            }
        }
        const std::vector<LayerInfo> layers = baseLayers(180);
        const at::Tensor input = at::rand({batchSize, 3, 180, 180}).to(type).contiguous(format);
        const double rate = rateOf(batchSize, m_options.quick ? 3 : 6, [&] {
            at::Tensor x = input;
            std::size_t next = 0;
            for (int layer = 1; layer <= baseLayerCount; ++layer) {
                if (layers[static_cast<std::size_t>(layer)].kind == LayerKind::Pool) {
                    x = at::max_pool2d(x, {2, 2}, {2, 2});
                } else {
                    x = at::conv2d(x, tensors[next], tensors[next + 1], 1, 1).relu_();
                    next += 2;
                }
            }
        });
        add(name, rate, "images/s", "the base alone, from values in memory: LibTorch's own limit");
    }

    void measureChain(const std::string& name, at::ScalarType type)
    {
        const FrozenPrefix prefix(m_network, baseLayerCount + 1, type);
        const at::Tensor input =
            at::rand({batchSize, 3, 180, 180}).contiguous(at::MemoryFormat::ChannelsLast);
        const double rate = rateOf(batchSize, m_options.quick ? 3 : 6, [&] { prefix.forward(input); });
        add(name, rate, "images/s", "the same as Thaw computes it");
    }

    /// Pictures a second from their files into batches, augmented, and through `work`.
    template <typename Work>
    double batchRate(const fs::path& images, int threads, double seconds, Work work) const
    {
        const std::vector<LoadItem> items = itemsIn(images, std::size_t(4) * batchSize);
        BatchLoaderOptions options = inferenceLoader(m_network, TransformSpec{}, batchSize);
        options.threads = threads;
        options.augmentation = AugmentationKey{{}, 0, 1};
        return rateOf(static_cast<int>(items.size()), seconds, [&] {
            BatchLoader loader(items, options);
            while (const auto batch = loader.next(m_stop)) {
                work(*batch);
            }
        });
    }

    void measureFeatures(const fs::path& images)
    {
        const FrozenPrefix prefix(m_network, baseLayerCount + 1, fastestType());
        const double rate = batchRate(
            images, std::max(1, threadCount() / 2), m_options.quick ? 4 : 10, [&](const Batch& batch) {
                prefix.forward(inputTensor(batch.inputs, static_cast<std::int64_t>(batch.size()), 180,
                                           m_network.device()));
            });
        add("features", rate, "images/s",
            std::string("from files to block5_pool, augmented, in ") +
                nameOf(resolvePrecision(Precision::Auto, m_device)));
    }

    void measurePictures(const fs::path& images)
    {
        const std::vector<LoadItem> items = itemsIn(images, batchSize);
        std::vector<std::vector<std::byte>> files;
        files.reserve(items.size());
        for (const LoadItem& item : items) {
            files.push_back(readFile(item.path, 64 << 20));
        }
        add("decode",
            rateOf(batchSize, 2,
                   [&] {
                       for (std::size_t i = 0; i < files.size(); ++i) {
                           decodeImage(files[i], items[i].path);
                       }
                   }),
            "images/s", "JPEGs of 400 × 400, on one thread");
        const FloatImage image = resizeImage(decodeImage(files[0], items[0].path), 180, ResizeRule::Stretch);
        add("warp",
            rateOf(batchSize, 2,
                   [&] {
                       for (int i = 0; i < batchSize; ++i) {
                           warp(image, {true, 0.01 * i / batchSize, 0.1});
                       }
                   }),
            "images/s", "180 × 180, on one thread");
        add("batch", batchRate(images, threadCount(), 2, [](const Batch&) {}), "images/s",
            "decoded, resized, augmented and put into batches, on all threads and with no network beside");
    }

    void measureEpochs(const fs::path& images)
    {
        Recipe recipe = bookRecipe();
        recipe.threads = m_options.threads;
        recipe.device = "cpu";
        recipe.precision = Precision::Auto;
        recipe.trainedPrecision = Precision::Auto;
        recipe.weights = "none";
        recipe.split = {double(madeForValidation) / (madeForTraining + madeForValidation), 0};
        recipe.phases[0].epochs = 1;
        recipe.phases[1].epochs = 1;
        ScanOptions scan;
        scan.shares = recipe.split;
        const auto dataset = scanDataset(images, scan, {}, m_stop);
        if (!dataset) {
            return;
        }
        TrainRequest request{recipe, *dataset, m_weights, m_options.work / "fresh", {}};
        // Not the user's: there these features would be of no use, and could make others go.
        request.saving.featureBanks = m_options.work / "features";
        TrainObserver nobody;
        const RunRecord fresh = trainRun(request, nobody, m_stop);
        if (fresh.state != RunState::Finished) {
            return;
        }
        const std::vector<EpochMetrics> freshHistory = loadRun(request.folder).history;

        request.recipe.augmentation.views = 1;
        request.recipe.phases[0].epochs = 5;
        request.recipe.phases[1].epochs = 2;
        request.folder = m_options.work / "stored";
        const RunRecord banked = trainRun(request, nobody, m_stop);
        if (banked.state != RunState::Finished) {
            return;
        }
        const std::vector<EpochMetrics> stored = loadRun(request.folder).history;
        // The first epoch computes the one view there is, the others find it. They are short: the quickest
        // tells what the disk's own work for what was written before would hide.
        const auto quickest = [&stored](int phase) {
            double seconds = std::numeric_limits<double>::infinity();
            for (const EpochMetrics& epoch : stored) {
                seconds = epoch.phase == phase ? std::min(seconds, epoch.seconds) : seconds;
            }
            return seconds;
        };
        add("bank_build", madeForTraining / std::max(1e-9, stored[0].seconds - quickest(1)), "images/s",
            "views computed and stored, for both phases at once");
        add("bank_size",
            static_cast<double>(bytesIn(request.saving.featureBanks / banked.featureBank)) / (1 << 20) *
                2000 / madeForTraining,
            "MiB", "on the disk, of one view of 2,000 pictures, for both phases");
        addEpoch("phase1_epoch.fresh", freshHistory[0].seconds, "the head, training pictures computed anew");
        addEpoch("phase1_epoch.bank", quickest(1), "the head, from stored views");
        addEpoch("phase2_epoch.fresh", freshHistory[1].seconds,
                 "head and block5, training pictures computed anew");
        addEpoch("phase2_epoch.bank", quickest(2), "head and block5, from stored views");
        add("network_wait_share", fresh.networkWaitShare, "share",
            "of the time, that the network waited for pictures");
    }

    void addEpoch(const std::string& name, double seconds, const std::string& explanation)
    {
        add(name, seconds * 2000 / madeForTraining, "s",
            explanation + ", validation features kept; told for 2,000 + 1,000 pictures");
    }

    static std::uintmax_t bytesIn(const fs::path& folder)
    {
        std::uintmax_t bytes = 0;
        for (const auto& entry : fs::directory_iterator(folder)) {
            bytes += entry.file_size();
        }
        return bytes;
    }

    static std::vector<LoadItem> itemsIn(const fs::path& images, std::size_t count)
    {
        std::vector<LoadItem> items;
        for (const auto& entry : fs::recursive_directory_iterator(images)) {
            if (entry.is_regular_file() && items.size() < count) {
                items.push_back({entry.path(), 0});
            }
        }
        return items;
    }

    BenchmarkOptions m_options;
    std::function<void(const BenchmarkFigure&)> m_measured;
    std::stop_token m_stop;
    DeviceInfo m_device;
    BaseWeights m_weights;
    Network m_network;
    std::vector<BenchmarkFigure> m_figures;
};

} // namespace

std::optional<std::vector<BenchmarkFigure>>
runBenchmark(const BenchmarkOptions& options, const std::function<void(const BenchmarkFigure&)>& measured,
             std::stop_token stop)
{
    return Benchmark(options, measured, std::move(stop)).run();
}

} // namespace thaw
