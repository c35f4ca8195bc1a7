#include "core/data/dataset/trainable.h"

#include "core/base/utf8.h"
#include "core/data/dataset/class_lines.h"

namespace thaw {

std::vector<Problem> obstaclesToTraining(const DatasetIndex& dataset)
{
    std::vector<Problem> obstacles;
    const auto add = [&](ProblemCode code, const std::string& message) {
        obstacles.push_back({"", code, ProblemSeverity::Error, message});
    };
    std::vector<std::string> unreadable;
    for (const std::string& name : dataset.classes) {
        if (!isUtf8(name)) {
            unreadable.push_back(name);
        }
    }
    // The model and the record are JSON, which holds UTF-8 alone: the class could not be told again.
    for (const std::string& line : linesOfClasses(
             unreadable, {" has a name that is not UTF-8", " classes have names that are not UTF-8"}))
    {
        add(ProblemCode::BadName,
            line + (dataset.manifest.empty() ? ": rename the folder" : ": save the list as UTF-8"));
    }
    const std::vector<std::size_t> training = dataset.countsOf(Split::Train);
    std::vector<std::string> untrained;
    for (std::size_t label = 0; label < training.size(); ++label) {
        if (training[label] == 0) {
            untrained.push_back(dataset.classes[label]);
        }
    }
    if (untrained.size() == dataset.classes.size()) {
        add(ProblemCode::NotTrained,
            "there are no training pictures: add some to its train folder, or lower the shares set aside");
        return obstacles;
    }
    for (const std::string& line :
         linesOfClasses(untrained, {" has no training pictures, only others",
                                    " classes have no training pictures, only others"}))
    {
        add(ProblemCode::NotTrained,
            line + ": add some, give the folder the name that its class has in training, "
                   "or take it away");
    }
    return obstacles;
}

} // namespace thaw
