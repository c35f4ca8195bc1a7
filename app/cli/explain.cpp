#include "app/cli/compute_flags.h"
#include "app/cli/exit_status.h"
#include "app/cli/map_files.h"
#include "app/cli/picture_files.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/near_names.h"
#include "core/base/paths.h"
#include "core/explain/explainer.h"
#include "core/explain/map_rendering.h"
#include "core/run/model_source.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace thaw::cli {

namespace {

struct ExplainArguments
{
    std::string run;
    std::vector<std::string> paths;
    std::string method = "hirescam";
    std::string layer = "block5_conv3";
    std::string className;
    std::string out;
    double opacity = overlayOpacity;
    ComputeFlags compute;
    bool json = false;
};

/// A long list of names, of which a few are near what was typed.
std::string adviceFor(const std::string& word, const std::vector<std::string>& names)
{
    constexpr std::size_t few = 13;
    const std::vector<std::string> near = nearNames(word, names);
    std::string advice = near.empty() ? "" : "did you mean " + shownName(near.front()) + "?";
    for (std::size_t i = 1; i < near.size(); ++i) {
        advice.insert(advice.size() - 1, (i + 1 == near.size() ? " or " : ", ") + shownName(near[i]));
    }
    if (near.empty() || names.size() <= few) {
        std::vector<std::string> first = names;
        first.resize(std::min(names.size(), few));
        advice += (near.empty() ? "" : " ") + ("choose one of " + shownClasses(first)) +
                  (names.size() > few ? ", …" : "");
    }
    return advice;
}

void checkLayer(const std::string& layer)
{
    const std::vector<std::string> names(convolutionNames().begin(), convolutionNames().end());
    if (std::find(names.begin(), names.end(), layer) == names.end()) {
        throw Error(ErrorCode::Usage, {}, "there is no convolution '" + layer + "'", adviceFor(layer, names));
    }
}

/// None where no class was named: the predicted one.
std::vector<int> labelsFor(const std::string& name, const std::vector<std::string>& classes)
{
    if (name.empty()) {
        return {};
    }
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end()) {
        throw Error(ErrorCode::Usage, {}, "the model has no class '" + name + "'", adviceFor(name, classes));
    }
    return {static_cast<int>(found - classes.begin())};
}

/// With as many digits as a float has.
double shortest(float value)
{
    char text[32];
    *std::to_chars(text, text + sizeof text - 1, value).ptr = '\0';
    double number = 0;
    std::from_chars(text, text + sizeof text, number);
    return number;
}

Json rowsOf(const PlaceMap& map)
{
    Json rows = Json::array();
    for (int y = 0; y < map.height; ++y) {
        Json row = Json::array();
        for (int x = 0; x < map.width; ++x) {
            row.push_back(shortest(map.values[static_cast<std::size_t>(y * map.width + x)]));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// Where results go, one after the other.
class Maps
{
public:
    Maps(const ExplainArguments& options, const ModelSource& source, Context& context)
        : m_options(options)
        , m_classes(source.model.classes)
        , m_context(context)
        , m_files(options.out, source.model.transform, options.opacity, source.model.headSpec.outputs() == 1)
    {
    }

    void add(Explanation explanation)
    {
        MapFiles::Written written;
        if (explanation.error.empty()) {
            try {
                written =
                    m_files.write(explanation, m_classes.at(static_cast<std::size_t>(explanation.label)));
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::Input) {
                    throw;
                }
                explanation.error = error.detail(); // it was there a moment ago
            }
        }
        m_failed += explanation.error.empty() ? 0 : 1;
        m_context.status.clear();
        if (m_options.json) {
            m_context.out.writeLine(jsonOf(explanation, written));
        } else {
            m_context.out.write(textOf(explanation, written));
        }
    }

    std::size_t failed() const { return m_failed; }

private:
    const std::string& classOf(const Explanation& explanation) const
    {
        return m_classes.at(static_cast<std::size_t>(explanation.label));
    }

    Json jsonOf(const Explanation& explanation, const MapFiles::Written& written) const
    {
        Json object;
        object["path"] = explanation.path;
        if (!explanation.error.empty()) {
            object["error"] = explanation.error;
            return object;
        }
        object["class"] = classOf(explanation);
        object["logit"] = explanation.logit;
        object["method"] = nameOf(explanation.method);
        object["layer"] = explanation.layer.empty() ? Json() : Json(explanation.layer);
        object["map"] = rowsOf(explanation.map);
        object["largest"] = shortest(explanation.largest);
        object["scale"] = shortest(written.scale);
        object["file"] = written.picture.string();
        object["map_file"] = written.map.string();
        return object;
    }

    std::string textOf(const Explanation& explanation, const MapFiles::Written& written) const
    {
        const std::string path = printable(explanation.path);
        if (!explanation.error.empty()) {
            return path + "  cannot be explained: " + printable(explanation.error) + "\n";
        }
        const std::string name = shownName(classOf(explanation));
        const std::string what =
            explanation.isEmpty() ? "nothing in " + (explanation.layer.empty() ? "it" : explanation.layer) +
                                        " speaks for " + name
                                  : "largest " + decimal(explanation.largest);
        return path + "  " + name + "  logit " + decimal(explanation.logit) + "  " + what + "  " +
               printable(written.picture.string()) + "\n";
    }

    const ExplainArguments& m_options;
    const std::vector<std::string>& m_classes;
    Context& m_context;
    MapFiles m_files;
    std::size_t m_failed = 0;
};

int explain(const ExplainArguments& options, Context& context)
{
    checkLayer(options.layer);
    refuseUsedFolder(options.out);
    const ModelSource source = openModel(findRun(options.run, defaultRunsFolder()));
    ExplainRequest request;
    request.method = explainMethodFromName(options.method).value();
    request.layer = options.layer;
    request.labels = labelsFor(options.className, source.model.classes);
    const std::vector<PictureFile> files = pictureFiles(options.paths);
    Explainer explainer(source.model, options.compute.apply());

    Maps maps(options, source, context);
    std::vector<std::filesystem::path> pictures;
    for (const PictureFile& file : files) {
        if (file.problem.empty()) {
            pictures.push_back(file.path);
        }
    }
    std::size_t done = 0;
    // What is not read is told in its place.
    const auto addProblems = [&] {
        for (; done < files.size() && !files[done].problem.empty(); ++done) {
            Explanation broken;
            broken.path = files[done].path.string();
            broken.error = files[done].problem;
            maps.add(std::move(broken));
        }
    };
    const ProgressCallback progress = context.status.progressOf("Explaining");
    addProblems();
    const bool complete =
        pictures.empty() ||
        explainer.explain(
            pictures, request,
            [&](const Explanation& explanation) {
                maps.add(explanation);
                ++done;
                addProblems();
                if (progress) {
                    context.out.flush();
                    progress({static_cast<std::int64_t>(done), static_cast<std::int64_t>(files.size())});
                }
            },
            {}, context.stop);
    context.status.clear();
    if (!complete) {
        return exitStopped;
    }
    if (maps.failed() > 0) {
        context.status.print(counted(static_cast<std::int64_t>(maps.failed()), "file", "files") + " of " +
                             grouped(static_cast<std::int64_t>(files.size())) + " could not be explained");
    }
    return maps.failed() == files.size() ? exitInput : exitDone;
}

} // namespace

Action addExplain(CLI::App& command)
{
    const auto options = std::make_shared<ExplainArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("PICTURE", options->paths, "Pictures, and folders to walk")->required();
    command
        .add_option("--method", options->method,
                    "How: hirescam, gradcam, or occlusion, a hundred times slower")
        ->check(CLI::IsMember({"hirescam", "gradcam", "occlusion"}))
        ->capture_default_str();
    command
        .add_option(
            "--layer", options->layer,
            "Convolution whose output is looked at: block1_conv1 … block5_conv3; occlusion needs none")
        ->capture_default_str();
    command.add_option("--class", options->className, "The class to explain (default: the predicted one)");
    command.add_option("--opacity", options->opacity, "Of the colours over the picture, 0 to 1")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--out", options->out, "Folder for the maps, new or empty")->required();
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object a line");
    command.footer(
        "For each picture NAME.png, the picture under the map's colours, and NAME.safetensors with the map\n"
        "[height, width] as it was computed. A picture that cannot be read is reported in its place; the "
        "exit\n"
        "status is 3 only if none could be explained. The lightest colour is the map's largest value, with "
        "two\n"
        "classes the largest of both maps: a pale picture means that little speaks for the class.");
    return [options](Context& context) { return explain(*options, context); };
}

} // namespace thaw::cli
