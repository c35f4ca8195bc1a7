#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

enum class ClassOrder {
    Name,     ///< as people sort: "class 2" before "class 10"
    Size,     ///< the most pictures first
    Recall,   ///< the lowest first; classes without pictures last
    Clusters, ///< classes that are taken for each other beside each other
};

/// The classes in an order; ties by name. Clusters: average linkage over the share of the two classes'
/// pictures that were taken for the other one, each pair joined by the ends that are confused most.
/// @param confusion [true][predicted], square  @param classes as many names
std::vector<std::size_t> classOrder(const std::vector<std::vector<int>>& confusion,
                                    const std::vector<std::string>& classes, ClassOrder order);

/// The wrong class that most pictures of `truth` were taken for, of equal ones the first; nothing where none
/// was.
std::optional<std::size_t> mostConfusedWith(const std::vector<std::vector<int>>& confusion,
                                            std::size_t truth);

/// One kind of mistake.
struct Confusion
{
    std::size_t truth = 0;
    std::size_t predicted = 0;
    int images = 0;
};
/// All that happened, the most frequent first; of equal ones by their places in the matrix.
std::vector<Confusion> largestConfusions(const std::vector<std::vector<int>>& confusion);

} // namespace thaw
