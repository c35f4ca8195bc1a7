#pragma once

#include <string>
#include <vector>

namespace thaw {

/// What is said of one class and of many: " has no test pictures", " classes have no test pictures".
struct ClassWords
{
    std::string one;
    std::string many;
};

/// One line for each class, or where they are over a handful one for all: "class 'a' has no test pictures";
/// "40 classes have no test pictures ('a', 'b', 'c' …)". Internal to core/data.
std::vector<std::string> linesOfClasses(const std::vector<std::string>& classes, const ClassWords& words);

} // namespace thaw
