#include "core/data/dataset/repeated_entries.h"

#include "core/base/printable.h"

#include <algorithm>
#include <map>

namespace thaw {

namespace {

/// All lines of one picture, the first one first.
using Entry = std::vector<const ListedLine*>;

/// "lines 2, 3 and 9".
std::string linesOf(const Entry& entry)
{
    constexpr std::size_t shown = 4;
    std::string text = "lines ";
    const std::size_t count = std::min(entry.size(), shown);
    for (std::size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : i + 1 == entry.size() ? " and " : ", ") + std::to_string(entry[i]->line);
    }
    return entry.size() > shown ? text + " …" : text;
}

/// "'cat' and 'indoors'".
std::string labelsOf(const Entry& entry)
{
    constexpr std::size_t shown = 4;
    std::vector<std::string> labels;
    for (const ListedLine* line : entry) {
        if (std::ranges::find(labels, line->label) == labels.end()) {
            labels.push_back(line->label);
        }
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(labels.size(), shown); ++i) {
        text += (i == 0 ? "'" : i + 1 == labels.size() ? " and '" : ", '") + printable(labels[i]) + "'";
    }
    return labels.size() > shown ? text + " …" : text;
}

bool isConflict(const Entry& entry)
{
    return std::ranges::any_of(entry, [&](const ListedLine* line) { return line->label != entry[0]->label; });
}

void addEntries(const std::vector<Entry>& entries, const std::string& list, std::vector<Problem>& problems)
{
    constexpr std::size_t handful = 5;
    if (entries.empty()) {
        return;
    }
    const auto words = [&](const Entry& entry) {
        return linesOf(entry) + " of " + printable(list) + " name this file" +
               (isConflict(entry) ? ", with the labels " + labelsOf(entry) : "") + "; the first counts";
    };
    if (entries.size() <= handful) {
        for (const Entry& entry : entries) {
            problems.push_back(
                {entry[0]->path, ProblemCode::DuplicateEntry, ProblemSeverity::Warning, words(entry)});
        }
        return;
    }
    const Entry& first = entries.front();
    Problem problem{list, ProblemCode::DuplicateEntry, ProblemSeverity::Warning,
                    std::to_string(entries.size()) + " files are named again" +
                        (isConflict(first) ? " with another label" : "") + ", such as '" +
                        printable(first[0]->path) + "' in " + linesOf(first) +
                        (isConflict(first) ? ", as " + labelsOf(first) : "") +
                        "; the first line of each counts"};
    for (const Entry& entry : entries) {
        problem.files.push_back(entry[0]->path);
    }
    problems.push_back(std::move(problem));
}

} // namespace

std::vector<Problem> repeatedEntries(const std::vector<ListedLine>& again, const std::string& list)
{
    std::map<std::string, std::size_t> places;
    std::vector<Entry> entries;
    for (const ListedLine& line : again) {
        const auto [place, isNew] = places.try_emplace(line.path, entries.size());
        if (isNew) {
            entries.emplace_back();
        }
        entries[place->second].push_back(&line);
    }
    std::vector<Entry> same;
    std::vector<Entry> other;
    for (const Entry& entry : entries) {
        (isConflict(entry) ? other : same).push_back(entry);
    }
    std::vector<Problem> problems;
    addEntries(other, list, problems);
    addEntries(same, list, problems);
    return problems;
}

} // namespace thaw
