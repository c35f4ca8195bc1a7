#pragma once

#include "core/data/dataset/split.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

// What people call their folders. Internal to core/data.

/// "train", "validation", "val", "valid" and "test" in any case: words that make a folder the one of a split
/// whatever lies beside it.
bool isPlainSplitName(std::string_view name);

/// The split that a folder's name speaks of: a word of splitFromName() in any case, with a prefix or an
/// ending of its own ("seg_train", "training_set", "Train-images", "TestSet", "val2017"). Nothing for names
/// that speak of two splits; "train_val" is one word of training. Class folders may be called so too ("bullet
/// train"): look at what lies beside.
std::optional<Split> splitInFolderName(std::string_view name);

/// Whether one of its words is isEvaluationWord().
bool speaksOfEvaluation(std::string_view name);

/// Folders that by custom hold masks and not photographs: "ground_truth", "masks", "segmentations" …
bool isMaskFolderName(std::string_view name);

/// `name` without what makes two spellings of one name differ unseen: letters small, accented letters in
/// their parts (Latin, Greek and Cyrillic ones and kana; not all of Unicode's), blanks at the ends gone and
/// several in a row one. Bytes that are not UTF-8 stay.
std::string foldedName(std::string_view name);

/// How two names with the same foldedName() differ: "in capital letters and in blanks".
std::string differenceOf(const std::string& one, const std::string& other);

} // namespace thaw
