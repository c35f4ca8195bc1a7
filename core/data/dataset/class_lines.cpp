#include "core/data/dataset/class_lines.h"

#include "core/base/printable.h"

namespace thaw {

std::vector<std::string> linesOfClasses(const std::vector<std::string>& classes, const ClassWords& words)
{
    constexpr std::size_t handful = 5;
    constexpr std::size_t examples = 3;
    std::vector<std::string> lines;
    if (classes.size() <= handful) {
        for (const std::string& name : classes) {
            lines.push_back("class '" + printable(name) + "'" + words.one);
        }
        return lines;
    }
    std::string names;
    for (std::size_t i = 0; i < examples; ++i) {
        names += (i > 0 ? ", '" : "'") + printable(classes[i]) + "'";
    }
    lines.push_back(std::to_string(classes.size()) + words.many + " (" + names + " …)");
    return lines;
}

} // namespace thaw
