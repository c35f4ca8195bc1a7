#pragma once

#include "core/data/dataset/split.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// One picture of a data set.
struct Sample
{
    std::string path; ///< relative to the data set's root, '/' between parts, as on disk (bytes)
    int label = 0;    ///< index into DatasetIndex::classes
    Split split = Split::Train;
    std::uint64_t byteSize = 0;
    int width = 0; ///< as stored, before EXIF orientation; 0 when not yet probed
    int height = 0;
    std::string contentHash; ///< SHA-256 in hex; empty until the deep check has read the file

    bool operator==(const Sample&) const = default;
};

enum class ProblemSeverity { Info, Warning, Error };

const char* nameOf(ProblemSeverity severity);

enum class ProblemCode {
    Unreadable,        ///< cannot be decoded (cut short, damaged, not an image); left out
    FormatUnsupported, ///< an image of a kind that this build cannot read; left out
    TooLarge,          ///< beyond the pixel limit; left out
    ListedMissing,     ///< split.csv names a file that is not there
    Unlisted,          ///< a picture that split.csv does not name; left out
    BadRow,            ///< a line of split.csv that makes no sense
    OutsideRoot,       ///< split.csv names an absolute path or uses ".."; left out
    DuplicateEntry,    ///< named twice in split.csv
    DuplicateContent,  ///< same bytes as another sample of the same split and class
    Leak,              ///< same bytes as a sample of another split
    LabelConflict,     ///< same bytes as a sample of another class
    EmptyClass,        ///< a class, or its folder of one split, without a usable picture
    Imbalanced,        ///< the largest class has over five times the pictures of the smallest
    FewSamples,        ///< fewer than 10 training pictures in a class
    FewColours,        ///< a drawing or placeholder ("photo not available") among photographs
    Unrecognised,      ///< files beside the pictures that are none: unknown (warning), or notes and the like
    Unmeasured,        ///< a class that the split to be measured (test, else validation) lacks
    NotTrained,        ///< a class that only validation or test has
    SplitLikeFolders,  ///< folders that look like splits and were not taken for them
    SimilarNames,      ///< two classes whose names differ in case, Unicode form or blanks alone
    NoTest,            ///< the data set says what is for validation, but nothing is for the test
    BadName,           ///< a class whose name a model's file cannot hold
    InnerFolder,       ///< the data set was found in the one folder that lies in the one chosen
    ListColumns,       ///< how a list was read that is not written as Thaw writes its own
    NoEndMarker,       ///< JPEGs that are whole but for the marker at their end
    LowRange,          ///< pictures of 16 bits that are nearly black: they use a part of their range
};

const char* nameOf(ProblemCode code); ///< "unreadable", "format-unsupported", …

/// Whether the finding is of one picture that the data set means to have and that cannot be used.
bool isLeftOutPicture(ProblemCode code);

/// A finding of a scan. Findings are values: a scan returns all of them.
struct Problem
{
    std::string path; ///< relative to the root; empty when it concerns the data set
    ProblemCode code = ProblemCode::Unreadable;
    ProblemSeverity severity = ProblemSeverity::Warning;
    std::string message; ///< plain English, one line
    /// Of a finding about many files: all of them, as `path`. Else empty.
    std::vector<std::string> files = {};
    /// Of pictures that cannot be used: the class and the split that folders or a list mean them for; empty
    /// where neither says it.
    std::string label = {};
    std::optional<Split> split = {};

    bool operator==(const Problem&) const = default;
};

/// Where classes and splits came from.
enum class DatasetLayout { SplitCsv, SplitFolders, ClassFolders };

/// A data set as found on disk: an accepted list of samples, and all that was left out and why.
struct DatasetIndex
{
    std::filesystem::path source;   ///< absolute: what was scanned, the root or a manifest
    std::filesystem::path root;     ///< absolute
    std::filesystem::path manifest; ///< the split.csv used, or empty
    DatasetLayout layout = DatasetLayout::ClassFolders;
    std::vector<std::string>
        classes;                 ///< sorted by bytes; with two, the sigmoid is the probability of the second
    std::vector<Sample> samples; ///< sorted by path (bytes)
    std::vector<Problem> problems;
    /// By Split: whether the data set itself, by a folder or a list, assigns pictures to it. The others were
    /// dealt.
    std::array<bool, allSplits.size()> given{};
    std::string
        fingerprint; ///< SHA-256 over sorted (path, label, split, content hash); empty until deep-checked
    bool checked = false; ///< every sample was decoded once

    bool operator==(const DatasetIndex&) const = default;

    std::filesystem::path pathOf(const Sample& sample) const { return root / sample.path; }
    /// Indices into `samples` of one split, in order.
    std::vector<std::size_t> indicesOf(Split split) const;
    SplitCounts counts() const;
    /// Samples per class of one split.
    std::vector<std::size_t> countsOf(Split split) const;
    /// How many pictures were left out because they cannot be read.
    std::size_t unreadableCount() const;
};

/// What DatasetIndex::fingerprint is, by the samples as they are.
std::string fingerprintOf(const DatasetIndex& index);

} // namespace thaw
