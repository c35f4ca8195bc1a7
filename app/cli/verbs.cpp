#include "app/cli/verbs.h"

namespace thaw::cli {

const std::vector<Verb>& verbs()
{
    static const std::vector<Verb> table{
        {"train", "Fine-tune VGG16 on a folder of pictures, or go on with a stopped run", addTrain},
        {"scan", "List classes, splits, counts and every problem of a data set", addScan},
        {"summary", "Show the network's layers, shapes and parameters", addSummary},
        {"evaluate", "Measure a trained model on a data set", addEvaluate},
        {"predict", "Classify pictures with a trained model", addPredict},
        {"explain", "Show which parts of pictures speak for a class", addExplain},
        {"labels", "List pictures whose label is probably wrong", addLabels},
        {"features", "Write what a layer of the base gives for pictures", addFeatures},
        {"augment", "Write the variations of a picture that training sees", addAugment},
        {"export", "Write a trained model for use elsewhere", addExport},
        {"runs", "List saved runs, show one or compare some", addRuns},
        {"weights", "List, fetch, verify or import weights of the base", addWeights},
        {"recipe", "Show or check a recipe", addRecipe},
        {"bench", "Measure how fast this machine is at it", addBench},
        {"sample", "Get a data set to try the program with", addSample},
    };
    return table;
}

} // namespace thaw::cli
