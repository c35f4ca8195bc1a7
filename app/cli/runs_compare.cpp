#include "app/cli/runs_compare.h"

#include "app/cli/run_summary.h"
#include "app/cli/text.h"
#include "core/base/percent_text.h"

#include <algorithm>
#include <functional>

namespace thaw::cli {

namespace {

using Fields = std::vector<std::pair<std::string, Json>>;

/// Objects and lists of objects become paths; a list of words is one value.
void flatten(const Json& value, const std::string& path, Fields& fields)
{
    const bool isList = value.is_array() && !value.empty() && value.front().is_object();
    if (!value.is_object() && !isList) {
        fields.emplace_back(path, value);
        return;
    }
    std::size_t index = 0;
    for (const auto& [key, inner] : value.items()) {
        std::string inside = path;
        inside += path.empty() ? "" : ".";
        inside += isList ? std::to_string(index++) : key;
        flatten(inner, inside, fields);
    }
}

Fields fieldsOf(const SavedRun& run)
{
    Fields fields;
    flatten(Json::parse(formatRecipe(run.recipe), nullptr, false), {}, fields);
    const RunRecord& record = run.record;
    fields.emplace_back("run.data_set", record.datasetPath);
    fields.emplace_back("run.data_set_fingerprint", record.datasetFingerprint);
    fields.emplace_back("run.weights", record.weightsSource);
    fields.emplace_back("run.excluded", record.excluded.size());
    fields.emplace_back("run.machine", record.machine);
    fields.emplace_back("run.thaw_version", record.thawVersion);
    fields.emplace_back("run.torch_version", record.torchVersion);
    fields.emplace_back("run.onednn_version", record.onednnVersion);
    return fields;
}

Json valueOf(const Fields& fields, const std::string& name)
{
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
    return found == fields.end() ? Json(nullptr) : found->second;
}

/// The names of all runs' fields; a field that only a later run has stands behind its neighbour there.
std::vector<std::string> namesOf(const std::vector<Fields>& all)
{
    std::vector<std::string> names;
    for (const Fields& fields : all) {
        auto place = names.begin();
        for (const auto& [name, value] : fields) {
            const auto found = std::find(names.begin(), names.end(), name);
            place = found == names.end() ? names.insert(place, name) : found;
            ++place;
        }
    }
    return names;
}

std::string cellOf(const Json& value)
{
    if (value.is_null()) {
        return "–";
    }
    constexpr std::size_t widest = 40;
    const std::string text = value.is_string() ? value.get<std::string>()
                                               : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return shortened(printable(text), widest);
}

std::string nameOfRun(const SavedRun& run)
{
    const std::filesystem::path folder = run.folder.lexically_normal();
    return printable((folder.has_filename() ? folder : folder.parent_path()).filename().string());
}

Table tableOf(const std::vector<SavedRun>& runs)
{
    std::vector<Table::Column> columns{{""}};
    for (const SavedRun& run : runs) {
        columns.push_back({nameOfRun(run), Align::Right});
    }
    return Table(columns);
}

std::string bestText(const SavedRun& run, int phase)
{
    for (const BestEpoch& best : run.record.best) {
        if (best.phase == phase && best.epoch > 0) {
            return printable(validationText(run.record, best)) + ", epoch " + std::to_string(best.epoch);
        }
    }
    return "–";
}

} // namespace

std::vector<Difference> differencesOf(const std::vector<SavedRun>& runs)
{
    std::vector<Fields> all(runs.size());
    std::transform(runs.begin(), runs.end(), all.begin(), fieldsOf);
    std::vector<Difference> differences;
    for (const std::string& name : namesOf(all)) {
        Difference difference{name, {}};
        for (const Fields& fields : all) {
            difference.values.push_back(valueOf(fields, name));
        }
        const auto& values = difference.values;
        if (name != "name" &&
            std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end()) {
            differences.push_back(std::move(difference));
        }
    }
    return differences;
}

std::string comparisonText(const std::vector<SavedRun>& runs)
{
    Table results = tableOf(runs);
    const auto addRow = [&runs](Table& table, const std::string& title, const auto& cell) {
        std::vector<std::string> cells{title};
        for (const SavedRun& run : runs) {
            cells.push_back(cell(run));
        }
        table.addRow(cells);
    };
    addRow(results, "state", [](const SavedRun& run) { return std::string(nameOf(run.record.state)); });
    addRow(results, "recipe", [](const SavedRun& run) { return printable(run.recipe.name); });
    addRow(results, "epochs", [](const SavedRun& run) { return std::to_string(run.history.size()); });
    std::size_t phases = 0;
    for (const SavedRun& run : runs) {
        phases = std::max(phases, run.recipe.phases.size());
    }
    for (int phase = 1; phase <= static_cast<int>(phases); ++phase) {
        addRow(results, "phase " + std::to_string(phase) + " val accuracy",
               [phase](const SavedRun& run) { return bestText(run, phase); });
    }
    addRow(results, "test accuracy", [](const SavedRun& run) {
        const bool isTested = testScore(run.record).images > 0;
        return accuracyText(testScore(run.record).accuracy, testScore(run.record).images) +
               (isTested ? printable(measuredText(run.record)) : std::string());
    });
    addRow(results, "test loss", [](const SavedRun& run) { return decimal(testScore(run.record).loss); });
    addRow(results, "trained for", [](const SavedRun& run) { return duration(run.record.trainedSeconds); });

    const std::vector<Difference> differences = differencesOf(runs);
    if (differences.empty()) {
        return results.text() + "\nThe settings are the same.\n";
    }
    Table settings = tableOf(runs);
    for (const Difference& difference : differences) {
        std::vector<std::string> cells{printable(difference.field)};
        std::transform(difference.values.begin(), difference.values.end(), std::back_inserter(cells), cellOf);
        settings.addRow(cells);
    }
    return results.text() + "\nSettings that differ:\n" + settings.text();
}

Json comparisonOf(const std::vector<SavedRun>& runs)
{
    Json object{{"runs", Json::array()}, {"differences", Json::array()}};
    for (const SavedRun& run : runs) {
        Json entry = summaryOf(run);
        entry["best"] = Json::array();
        for (const BestEpoch& best : run.record.best) {
            entry["best"].push_back({{"phase", best.phase},
                                     {"epoch", best.epoch},
                                     {"val_loss", best.valLoss},
                                     {"val_accuracy", best.valAccuracy}});
        }
        entry["test_loss"] = testScore(run.record).loss;
        entry["trained_seconds"] = run.record.trainedSeconds;
        object["runs"].push_back(std::move(entry));
    }
    for (const Difference& difference : differencesOf(runs)) {
        object["differences"].push_back({{"field", difference.field}, {"values", difference.values}});
    }
    return object;
}

} // namespace thaw::cli
