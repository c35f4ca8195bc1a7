#include "core/evaluate/evaluation_builder_torch.h"
#include "core/model/network_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

Evaluation evaluationToFill(const DatasetIndex& dataset, const std::vector<std::string>& classes,
                            const std::string& part)
{
    Evaluation evaluation;
    evaluation.split = part;
    for (const Problem& problem : dataset.problems) {
        if (isLeftOutPicture(problem.code)) {
            evaluation.unreadable.push_back({problem.path, problem.message});
        }
    }
    evaluation.total = static_cast<int>(dataset.samples.size() + evaluation.unreadable.size());
    evaluation.classes = classes;
    evaluation.confusion.assign(classes.size(), std::vector<int>(classes.size(), 0));
    return evaluation;
}

std::vector<Prediction> predictionsOf(const at::Tensor& logits)
{
    const at::Tensor probabilities = probabilitiesOf(logits).to(at::kFloat).contiguous();
    const auto rows = static_cast<std::size_t>(probabilities.size(0));
    const auto columns = static_cast<std::size_t>(probabilities.size(1));
    const float* values = probabilities.data_ptr<float>();
    std::vector<Prediction> predictions(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        std::vector<double>& shares = predictions[row].probabilities;
        shares.assign(values + row * columns, values + (row + 1) * columns);
        predictions[row].label =
            static_cast<int>(std::max_element(shares.begin(), shares.end()) - shares.begin());
    }
    return predictions;
}

void addPrediction(Evaluation& evaluation, Prediction prediction)
{
    ++evaluation
          .confusion[static_cast<std::size_t>(prediction.truth)][static_cast<std::size_t>(prediction.label)];
    evaluation.predictions.push_back(std::move(prediction));
}

} // namespace thaw
