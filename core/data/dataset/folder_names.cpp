#include "core/data/dataset/folder_names.h"

#include <algorithm>
#include <array>

namespace thaw {

namespace {

using namespace std::string_view_literals;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isCapital(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || isCapital(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string lowerAscii(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return isCapital(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

template <std::size_t N>
bool isAmong(std::string_view word, const std::array<std::string_view, N>& words)
{
    return std::ranges::find(words, word) != words.end();
}

/// "seg", "train" of "seg_train"; "Train", "Set" of "TrainSet"; no digits.
std::vector<std::string> wordsOf(std::string_view name)
{
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool rises = i > 0 && isCapital(name[i]) && !isCapital(name[i - 1]);
        if (rises || !isLetter(name[i])) {
            words.emplace_back();
        }
        if (isLetter(name[i])) {
            words.back() += name[i];
        }
    }
    std::erase(words, "");
    return words;
}

/// The words in small letters; those that are one word in two ("train_val", "Hold Out") as one.
std::vector<std::string> joinedWordsOf(std::string_view name)
{
    std::vector<std::string> words;
    for (const std::string& written : wordsOf(name)) {
        const std::string word = lowerAscii(written);
        const bool isSecond = !words.empty() && ((words.back() == "train" && word == "val") ||
                                                 (words.back() == "hold" && word == "out"));
        if (isSecond) {
            words.back() += word;
        } else {
            words.push_back(word);
        }
    }
    return words;
}

/// "train" of "trainset", "testimages".
std::string_view withoutEnding(std::string_view word)
{
    static constexpr std::array endings{"set"sv,  "sets"sv,   "data"sv,     "dataset"sv, "images"sv,
                                        "imgs"sv, "folder"sv, "pictures"sv, "photos"sv,  "split"sv};
    for (const std::string_view ending : endings) {
        if (word.size() > ending.size() && word.ends_with(ending)) {
            const std::string_view start = word.substr(0, word.size() - ending.size());
            if (splitFromName(start)) {
                return start;
            }
        }
    }
    return word;
}

} // namespace

bool isPlainSplitName(std::string_view name)
{
    return isAmong(lowerAscii(name), std::array{"train"sv, "validation"sv, "val"sv, "valid"sv, "test"sv});
}

std::optional<Split> splitInFolderName(std::string_view name)
{
    std::optional<Split> found;
    for (const std::string& word : joinedWordsOf(name)) {
        if (const auto split = splitFromName(withoutEnding(word))) {
            if (found && *found != *split) {
                return std::nullopt;
            }
            found = split;
        }
    }
    return found;
}

bool speaksOfEvaluation(std::string_view name)
{
    return std::ranges::any_of(joinedWordsOf(name),
                               [](const std::string& word) { return isEvaluationWord(withoutEnding(word)); });
}

bool isMaskFolderName(std::string_view name)
{
    std::string letters = lowerAscii(name);
    std::erase_if(letters, [](char c) { return !isLetter(c) && !isDigit(c); });
    return isAmong(letters,
                   std::array{"groundtruth"sv, "groundtruths"sv, "gt"sv, "masks"sv, "segmentation"sv,
                              "segmentations"sv, "segmentationmasks"sv, "segmasks"sv, "annotations"sv});
}

} // namespace thaw
