#include "core/evaluate/kept_evaluation.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/run/run_files.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <system_error>

namespace thaw {

namespace {

using KeptJson = nlohmann::json;

/// One file's values, each checked where it is taken.
class EvaluationReader
{
public:
    EvaluationReader(const KeptJson& json, std::filesystem::path file) : m_json(json), m_file(std::move(file))
    {
    }

    KeptEvaluation read() const
    {
        KeptEvaluation kept;
        kept.evaluatedAt = textOf(m_json, "evaluated_at", "");
        readDataset(kept);
        Evaluation& evaluation = kept.evaluation;
        evaluation.split = textOf(m_json, "split");
        evaluation.classes = textsOf(m_json, "classes");
        if (evaluation.classes.empty()) {
            fail("has no classes");
        }
        readConfusion(evaluation);
        evaluation.score.loss = shareOf(m_json, "loss", std::numeric_limits<double>::max());
        evaluation.score.accuracy = shareOf(m_json, "accuracy", 1);
        for (const KeptJson& entry : listOf(m_json, "unknown_classes")) {
            evaluation.unknownClasses.push_back(
                {textOf(entry, "class"), countOf(entry, "images"), textsOf(entry, "near")});
        }
        readLeftOut(evaluation);
        const int least = evaluation.score.images + static_cast<int>(evaluation.leftOut.size());
        evaluation.total = m_json.contains("total") ? countOf(m_json, "total") : least;
        if (evaluation.total < evaluation.score.images) {
            fail("has more pictures measured than there are");
        }
        readThreshold(evaluation);
        return kept;
    }

private:
    [[noreturn]] void fail(const std::string& problem) const
    {
        throw Error(ErrorCode::RunInvalid, m_file, problem, "evaluate the run again");
    }
    [[noreturn]] void failKey(const char* key, const std::string& expected) const
    {
        fail(std::string("\"") + key + "\" should be " + expected);
    }

    /// A member of what ought to be an object; null where it is not there.
    const KeptJson& member(const KeptJson& object, const char* key) const
    {
        static const KeptJson none;
        if (!object.is_object()) {
            failKey(key, "in an object");
        }
        const auto found = object.find(key);
        return found == object.end() ? none : *found;
    }

    std::string textOf(const KeptJson& object, const char* key, const char* absent = nullptr) const
    {
        const KeptJson& value = member(object, key);
        if (value.is_null() && absent != nullptr) {
            return absent;
        }
        if (!value.is_string()) {
            failKey(key, "a text");
        }
        return value.get<std::string>();
    }

    const KeptJson& listOf(const KeptJson& object, const char* key) const
    {
        static const KeptJson none = KeptJson::array();
        const KeptJson& value = member(object, key);
        if (!value.is_null() && !value.is_array()) {
            failKey(key, "a list");
        }
        return value.is_null() ? none : value;
    }

    std::vector<std::string> textsOf(const KeptJson& object, const char* key) const
    {
        std::vector<std::string> texts;
        for (const KeptJson& value : listOf(object, key)) {
            if (!value.is_string()) {
                failKey(key, "a list of texts");
            }
            texts.push_back(value.get<std::string>());
        }
        return texts;
    }

    int countIn(const KeptJson& value, const char* key) const
    {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > maxCount) {
            failKey(key, "whole numbers from 0 to 2147483647");
        }
        return static_cast<int>(value.get<std::uint64_t>());
    }
    int countOf(const KeptJson& object, const char* key) const { return countIn(member(object, key), key); }

    /// Not-a-number for null, which is how one is written.
    double shareOf(const KeptJson& object, const char* key, double largest) const
    {
        const KeptJson& value = member(object, key);
        if (value.is_null()) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= largest)) {
            failKey(key, largest == 1 ? "between 0 and 1" : "a number of at least 0");
        }
        return value.get<double>();
    }

    void readDataset(KeptEvaluation& kept) const
    {
        const KeptJson& dataset = member(m_json, "dataset");
        if (dataset.is_null()) {
            return;
        }
        kept.dataset = textOf(dataset, "path", "");
        kept.fingerprint = textOf(dataset, "fingerprint", "");
        kept.root = textOf(dataset, "root", "");
        if (kept.root.empty()) { // a file of before
            std::error_code ignored;
            kept.root = std::filesystem::is_regular_file(kept.dataset, ignored) ? kept.dataset.parent_path()
                                                                                : kept.dataset;
        }
    }

    void readConfusion(Evaluation& evaluation) const
    {
        const std::size_t classes = evaluation.classes.size();
        const KeptJson& rows = listOf(m_json, "confusion");
        if (rows.size() != classes) {
            failKey("confusion", "one row for each class");
        }
        std::uint64_t images = 0;
        for (const KeptJson& row : rows) {
            if (!row.is_array() || row.size() != classes) {
                failKey("confusion", "one count for each class in each row");
            }
            std::vector<int>& counts = evaluation.confusion.emplace_back();
            for (const KeptJson& count : row) {
                counts.push_back(countIn(count, "confusion"));
                images += static_cast<std::uint64_t>(counts.back());
            }
        }
        evaluation.score.images = countOf(m_json, "images");
        if (images != static_cast<std::uint64_t>(evaluation.score.images)) {
            fail("its \"confusion\" does not add up to its \"images\"");
        }
    }

    void readLeftOut(Evaluation& evaluation) const
    {
        for (const KeptJson& entry : listOf(m_json, "left_out")) {
            const std::string kind = textOf(entry, "kind", leftOutKinds.lost);
            auto& list = kind == leftOutKinds.unknownClass ? evaluation.notKnown
                         : kind == leftOutKinds.unreadable ? evaluation.unreadable
                                                           : evaluation.leftOut;
            list.push_back({textOf(entry, "path"), textOf(entry, "error", "")});
        }
    }

    void readThreshold(Evaluation& evaluation) const
    {
        const KeptJson& threshold = member(m_json, "threshold");
        if (threshold.is_null()) {
            return;
        }
        const double value = shareOf(threshold, "value", 1);
        if (std::isnan(value)) {
            failKey("threshold", "null or a number with what it was chosen on");
        }
        evaluation.threshold = {value, textOf(threshold, "chosen_on", "given")};
    }

    static constexpr std::uint64_t maxCount = std::numeric_limits<int>::max();
    const KeptJson& m_json;
    std::filesystem::path m_file;
};

} // namespace

std::optional<KeptEvaluation> readEvaluation(const std::filesystem::path& run)
{
    const std::filesystem::path file = RunFiles{run}.evaluation();
    std::string text;
    try {
        text = readTextFile(file, maxEvaluationSize);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::FileNotFound) {
            return std::nullopt;
        }
        throw Error(ErrorCode::RunInvalid, file, error.detail(), error.advice());
    }
    requireJsonObject(text, ErrorCode::RunInvalid, file);
    return EvaluationReader(KeptJson::parse(text), file).read();
}

} // namespace thaw
