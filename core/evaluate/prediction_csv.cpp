#include "core/evaluate/prediction_csv.h"

#include "core/data/dataset/csv.h"

#include <charconv>

namespace thaw {

namespace {

/// Nine digits give a float32 back bit for bit.
std::string nineDigits(double number)
{
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::general, 9).ptr};
}

} // namespace

// A class may be called as another column is, so its own begins with "p:".
std::string predictionCsvHeader(const std::vector<std::string>& classes)
{
    std::string row = "path,label,probability,error";
    for (const std::string& name : classes) {
        row += "," + csvName("p:" + name);
    }
    return row + "\r\n";
}

std::string predictionCsvRow(const Prediction& prediction, const std::vector<std::string>& classes)
{
    std::string row = csvPath(prediction.path);
    if (!prediction.error.empty()) {
        return row + ",,," + csvName(prediction.error) + std::string(classes.size(), ',') + "\r\n";
    }
    const auto label = static_cast<std::size_t>(prediction.label);
    row += "," + csvName(classes.at(label)) + "," + nineDigits(prediction.probabilities.at(label)) + ",";
    for (std::size_t i = 0; i < classes.size(); ++i) {
        row += "," + nineDigits(prediction.probabilities.at(i));
    }
    return row + "\r\n";
}

} // namespace thaw
