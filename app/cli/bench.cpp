#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/scratch_folder.h"
#include "core/compute/compute_device.h"
#include "core/train/cost/benchmark.h"
#include "core/train/cost/run_needs.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <vector>

namespace thaw::cli {

namespace {

struct BenchArguments
{
    bool quick = false;
    bool json = false;
    bool devices = false;
    int threads = 0;
};

std::string numberOf(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.3f" : "%.1f", value);
    return text;
}

/// A point in a name groups: "raw.float32_nchw" is in the object "raw".
void put(Json& object, const BenchmarkFigure& figure)
{
    const auto point = figure.name.find('.');
    Json& target = point == std::string::npos ? object : object[figure.name.substr(0, point)];
    target[point == std::string::npos ? figure.name : figure.name.substr(point + 1)] = figure.value;
}

int listDevices(bool json, Context& context)
{
    const std::vector<DeviceInfo>& devices = availableDevices();
    if (json) {
        Json list = Json::array();
        for (const DeviceInfo& device : devices) {
            list.push_back({{"id", device.id}, {"name", device.name}, {"memory_bytes", device.memoryBytes}});
        }
        context.out.writeObject({{"devices", list}});
        return exitDone;
    }
    Table table({{"device", Align::Left}, {"name", Align::Left}, {"memory", Align::Right}});
    for (const DeviceInfo& device : devices) {
        table.addRow({device.id, device.name,
                      device.memoryBytes > 0 ? byteText(static_cast<double>(device.memoryBytes)) : ""});
    }
    context.out.write(table.text());
    return exitDone;
}

int bench(const BenchArguments& arguments, Context& context)
{
    if (arguments.devices) {
        return listDevices(arguments.json, context);
    }
    const ScratchFolder work(std::filesystem::temp_directory_path(), "thaw-bench-");
    const DeviceInfo& device = availableDevices().front();
    setThreadCount(arguments.threads);
    const std::string machine =
        device.name + ", " + counted(threadCount(), "thread", "threads") + ", LibTorch " + torchVersion();
    context.status.print(arguments.quick ? "Measuring; this takes half a minute to two"
                                         : "Measuring; this takes a few minutes");
    const auto figures = runBenchmark(
        {arguments.quick, arguments.threads, work.path()},
        [&](const BenchmarkFigure& figure) {
            context.status.show(figure.name + " " + numberOf(figure.value) + " " + figure.unit);
        },
        context.stop);
    context.status.clear();
    if (!figures) {
        return exitStopped;
    }
    if (arguments.json) {
        Json object{{"machine", machine}};
        for (const BenchmarkFigure& figure : *figures) {
            put(object, figure);
        }
        context.out.writeObject(object);
        return exitDone;
    }
    Table table({{"", Align::Left}, {"", Align::Right}, {"", Align::Left}, {"", Align::Left}});
    for (const BenchmarkFigure& figure : *figures) {
        table.addRow({figure.name, numberOf(figure.value), figure.unit, figure.explanation});
    }
    context.out.write(machine + "\n\n" + table.text());
    return exitDone;
}

} // namespace

Action addBench(CLI::App& command)
{
    const auto arguments = std::make_shared<BenchArguments>();
    command.add_flag("--quick", arguments->quick,
                     "Raw and end-to-end feature rates alone: half a minute to two");
    command.add_flag("--devices", arguments->devices, "List the devices to compute on, and measure nothing");
    command.add_flag("--json", arguments->json, "Print an object in place of the table");
    command.add_option("--threads", arguments->threads, "Threads to compute with; 0: one a physical core")
        ->check(CLI::Range(0, 1024));
    command.footer(
        "Epochs are told for 2,000 training and 1,000 validation pictures. \"fresh\" computes the former\n"
        "anew, \"bank\" reads stored views (the quickest epoch of a few). What frozen layers give for\n"
        "validation pictures is kept, as by the recipe \"book\": computed once a run, its time is in\n"
        "neither. Nothing is left on the disk.");
    return [arguments](Context& context) { return bench(*arguments, context); };
}

} // namespace thaw::cli
