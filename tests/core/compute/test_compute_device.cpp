#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/compute/cuda_driver.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <ATen/Context.h>

#include <dlfcn.h>
#include <string>

using namespace thaw;

/// Started with a driver of its own making in LD_LIBRARY_PATH, see fake_cuda_driver.cpp.
class TestComputeDevice : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asksTheDriver()
    {
        const std::vector<CudaDevice> expected{{"Card 10", 10ull << 30, 75}, {"Card 11", 11ull << 30, 90}};
        QVERIFY(cudaDevices() == expected);
    }

    void asksTheDriverForFreeMemory()
    {
        QCOMPARE(freeCudaMemory(0), std::uint64_t(9) << 30);
        QCOMPARE(freeCudaMemory(1), std::uint64_t(10) << 30);
    }

    void openBlasHasNoThreadsOfItsOwn()
    {
        using GetThreads = int (*)();
        const auto get = reinterpret_cast<GetThreads>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
        if (!get) {
            QSKIP("LibTorch computes with another library here");
        }
        setThreadCount(2);
        QCOMPARE(get(), 1);
        setThreadCount(0);
    }

    void theProcessorIsFirst()
    {
        const DeviceInfo& processor = availableDevices().front();
        QCOMPARE(processor.id, std::string("cpu"));
        QVERIFY(!processor.name.empty());
        QVERIFY(processor.memoryBytes > 1ull << 28);
        QVERIFY(resolveDevice("cpu") == processor);
    }

    // A driver alone is no device: LibTorch must have been built for it.
    void whatIsNotThereIsRefused()
    {
        try {
            resolveDevice("cuda:99");
            QFAIL("was accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DeviceUnavailable);
        }
        try {
            resolveDevice("tpu");
            QFAIL("was accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Usage);
        }
    }

    void float32IsNeverTF32()
    {
        setDeviceRules();
        QVERIFY(!at::globalContext().allowTF32CuDNN());
        QVERIFY(!at::globalContext().allowTF32CuBLAS());
        QVERIFY(at::globalContext().benchmarkCuDNN());
    }

    void precisionsAreResolved()
    {
        DeviceInfo device;
        QVERIFY(resolvePrecision(Precision::Auto, device) == Precision::Float32);
        // LibTorch would compute it, more than seventy times slower than float32.
        QVERIFY(resolvePrecision(Precision::Bfloat16, device) == Precision::Float32);
        device.bfloat16 = Bfloat16Support::NoFaster;
        QVERIFY(resolvePrecision(Precision::Auto, device) == Precision::Float32);
        QVERIFY(resolvePrecision(Precision::Bfloat16, device) == Precision::Bfloat16);
        device.bfloat16 = Bfloat16Support::Faster;
        QVERIFY(resolvePrecision(Precision::Auto, device) == Precision::Bfloat16);
        QVERIFY(resolvePrecision(Precision::Float32, device) == Precision::Float32);
    }

    void cardsComputeWhatTheirGenerationDoes()
    {
        const DeviceInfo turing = describeCuda(0, {"Card 10", 10ull << 30, 75});
        QVERIFY((turing == DeviceInfo{"cuda:0", "Card 10", 10ull << 30, Bfloat16Support::NoFaster, true}));
        QVERIFY(resolvePrecision(Precision::Auto, turing) == Precision::Float16);
        QVERIFY(resolvePrecision(Precision::Bfloat16, turing) == Precision::Bfloat16);
        const DeviceInfo hopper = describeCuda(1, {"Card 11", 11ull << 30, 90});
        QVERIFY((hopper == DeviceInfo{"cuda:1", "Card 11", 11ull << 30, Bfloat16Support::Faster, true}));
        QVERIFY(resolvePrecision(Precision::Auto, hopper) == Precision::Bfloat16);
        QVERIFY(resolvePrecision(Precision::Float16, hopper) == Precision::Float16);
    }

    void cardsBeforeTuringAreLeftOut()
    {
        QVERIFY(!isServed({"Pascal", 8ull << 30, 61}));
        QVERIFY(!isServed({"Volta", 16ull << 30, 70}));
        QVERIFY(isServed({"Turing", 8ull << 30, 75}));
        QVERIFY(isServed({"Blackwell", 32ull << 30, 120}));
        QVERIFY(isServed({"one that the driver does not describe", 0, 0}));
    }

    void float16IsRefusedOnTheProcessor()
    {
        try {
            resolvePrecision(Precision::Float16, availableDevices().front());
            QFAIL("was accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DeviceUnavailable);
            QVERIFY(error.detail().starts_with("float16 is computed on CUDA devices alone"));
        }
    }
};

THAW_TEST(TestComputeDevice)
#include "test_compute_device.moc"
