#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/printable.h"
#include "core/data/dataset/csv.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/run/run_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <unordered_map>

namespace thaw {

namespace {

constexpr std::size_t fixedColumns = 4;
constexpr std::string_view classPrefix = "p:";
constexpr std::string_view replaced = "\xEF\xBF\xBD"; // stands in JSON for bytes that are not UTF-8

/// As a reader finds in its field what csvName() or csvPath() wrote.
std::string cellOf(const std::string& field)
{
    const std::vector<CsvRow> rows = parseCsv(field + "\n", {});
    return rows.empty() ? std::string() : rows.front().fields.front();
}

/// Cuts a CSV file into its records, so that it is never in memory as fields all at once.
class Records
{
public:
    Records(std::string_view text, std::filesystem::path file, std::size_t columns)
        : m_rest(text), m_file(std::move(file)), m_columns(columns)
    {
    }

    /// The next one that is not blank; nothing at the end.
    std::optional<std::vector<std::string>> next()
    {
        while (!m_rest.empty()) {
            const std::string_view record = cut();
            std::vector<CsvRow> rows;
            try {
                rows = parseCsv(record, m_file, {m_columns, 1});
            } catch (const Error& error) {
                fail(error.detail());
            }
            if (!rows.empty()) {
                return std::move(rows.front().fields);
            }
        }
        return std::nullopt;
    }

    [[noreturn]] void fail(const std::string& problem) const
    {
        throw Error(ErrorCode::RunInvalid, m_file, "record " + std::to_string(m_record) + ": " + problem,
                    "evaluate the run again");
    }

private:
    std::string_view cut()
    {
        ++m_record;
        bool isQuoted = false;
        std::size_t end = 0;
        while (end < m_rest.size() && (isQuoted || m_rest[end] != '\n')) {
            isQuoted = isQuoted != (m_rest[end] == '"');
            ++end;
        }
        const std::string_view record = m_rest.substr(0, end);
        m_rest.remove_prefix(std::min(m_rest.size(), end + 1));
        return record;
    }

    std::string_view m_rest;
    std::filesystem::path m_file;
    std::size_t m_columns;
    std::size_t m_record = 0;
};

class PredictionsReader
{
public:
    PredictionsReader(const std::string& text, const std::filesystem::path& file, const KeptEvaluation& kept,
                      const std::vector<SplitEntry>& entries)
        : m_records(text, file, fixedColumns + kept.evaluation.classes.size()), m_kept(kept), m_file(file)
    {
        for (const SplitEntry& entry : entries) {
            m_exactPaths.try_emplace(cellOf(csvPath(entry.path)), entry.path);
        }
    }

    std::vector<Prediction> read()
    {
        readHeader();
        const Evaluation& evaluation = m_kept.evaluation;
        std::vector<std::vector<int>> confusion(evaluation.classes.size(),
                                                std::vector<int>(evaluation.classes.size()));
        std::vector<Prediction> predictions;
        while (const auto fields = m_records.next()) {
            if (predictions.size() == static_cast<std::size_t>(evaluation.score.images)) {
                m_records.fail("there are more pictures than in evaluation.json");
            }
            predictions.push_back(predictionOf(*fields));
            ++confusion[static_cast<std::size_t>(predictions.back().truth)]
                       [static_cast<std::size_t>(predictions.back().label)];
        }
        // One file of another evaluation than the other: a kill came between the two.
        if (confusion != evaluation.confusion) {
            throw Error(ErrorCode::RunInvalid, m_file, "does not agree with evaluation.json",
                        "evaluate the run again");
        }
        return predictions;
    }

private:
    void readHeader()
    {
        const auto header = m_records.next();
        const std::vector<std::string> fixed{"path", "truth", "label", "probability"};
        const std::size_t columns = fixedColumns + m_kept.evaluation.classes.size();
        if (!header || header->size() != columns || !std::equal(fixed.begin(), fixed.end(), header->begin()))
        {
            m_records.fail("does not begin with the columns path, truth, label, probability and one for each "
                           "of the " +
                           std::to_string(m_kept.evaluation.classes.size()) + " classes");
        }
        const bool isPrefixed = std::all_of(header->begin() + fixedColumns, header->end(),
                                            [](const auto& name) { return name.starts_with(classPrefix); });
        for (std::size_t i = fixedColumns; i < columns; ++i) {
            const std::string name = header->at(i).substr(isPrefixed ? classPrefix.size() : 0);
            const std::string& known = m_kept.evaluation.classes[i - fixedColumns];
            if (known.find(replaced) == std::string::npos && printable(known) != printable(name)) {
                m_records.fail("its classes are not those of evaluation.json");
            }
            const int label = static_cast<int>(i - fixedColumns);
            const std::string cell = isPrefixed ? cellOf(csvName(name)) : name;
            if (!m_labels.try_emplace(cell, label).second) {
                m_records.fail("two classes have the same name");
            }
        }
    }

    int labelIn(const std::string& cell) const
    {
        const auto found = m_labels.find(cell);
        if (found == m_labels.end()) {
            m_records.fail("names a class that there is not");
        }
        return found->second;
    }

    double probabilityIn(const std::string& cell) const
    {
        float number = 0;
        const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
        if (error != std::errc() || end != cell.data() + cell.size() || !(number >= 0 && number <= 1)) {
            m_records.fail("a probability is no number between 0 and 1");
        }
        return number;
    }

    Prediction predictionOf(const std::vector<std::string>& fields) const
    {
        if (fields.size() != fixedColumns + m_kept.evaluation.classes.size()) {
            m_records.fail("should have " + std::to_string(fixedColumns + m_kept.evaluation.classes.size()) +
                           " values");
        }
        if (fields[0].empty()) {
            m_records.fail("names no picture");
        }
        Prediction prediction;
        prediction.path = pathIn(fields[0]);
        prediction.truth = labelIn(fields[1]);
        prediction.label = labelIn(fields[2]);
        double sum = 0;
        for (std::size_t i = fixedColumns; i < fields.size(); ++i) {
            prediction.probabilities.push_back(probabilityIn(fields[i]));
            sum += prediction.probabilities.back();
        }
        const double answered = prediction.probabilities[static_cast<std::size_t>(prediction.label)];
        const double largest =
            *std::max_element(prediction.probabilities.begin(), prediction.probabilities.end());
        // A float32 softmax of 1,000 classes is off by some 1e-5.
        if (std::abs(sum - 1) > 1e-3) {
            m_records.fail("its probabilities do not add up to 1");
        }
        if (answered != largest || probabilityIn(fields[3]) != answered) {
            m_records.fail("its class is not the one with the largest probability");
        }
        return prediction;
    }

    std::string pathIn(const std::string& cell) const
    {
        const auto exact = m_exactPaths.find(cell);
        if (exact != m_exactPaths.end()) {
            return (m_kept.root / exact->second).string();
        }
        // csvPath() puts "./" before what a spreadsheet would compute.
        return (m_kept.root / (cell.starts_with("./") ? cell.substr(2) : cell)).string();
    }

    Records m_records;
    const KeptEvaluation& m_kept;
    std::filesystem::path m_file;
    std::unordered_map<std::string, int> m_labels;             ///< by cell
    std::unordered_map<std::string, std::string> m_exactPaths; ///< likewise
};

} // namespace

std::optional<std::vector<Prediction>> readPredictions(const std::filesystem::path& run,
                                                       const KeptEvaluation& kept,
                                                       const std::vector<SplitEntry>& entries)
{
    const std::filesystem::path file = RunFiles{run}.predictions();
    std::string text;
    try {
        text = readTextFile(file, maxPredictionsSize);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::FileNotFound) {
            return std::nullopt;
        }
        throw Error(ErrorCode::RunInvalid, file, error.detail(), error.advice());
    }
    return PredictionsReader(text, file, kept, entries).read();
}

} // namespace thaw
