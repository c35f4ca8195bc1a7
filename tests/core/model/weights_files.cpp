#include "tests/core/model/weights_files.h"

#include <fstream>

namespace thaw::test {

namespace {

float writtenValue(std::size_t layer, std::size_t place)
{
    return static_cast<float>(static_cast<int>((place * 7919 + layer * 104729) % 509) - 254) / 1024.0f;
}

} // namespace

const ArchiveEntries& writtenWeightsFiles()
{
    static const ArchiveEntries files = readArchive(THAW_WEIGHTS_FILES);
    return files;
}

std::filesystem::path writtenWeightsFile(const std::string& name, const std::filesystem::path& folder)
{
    std::ofstream(folder / name, std::ios::binary) << writtenWeightsFiles().at(name);
    return folder / name;
}

const std::array<ConvolutionWeights, convolutionCount>& writtenLayers()
{
    static const auto layers = [] {
        auto made = randomBaseWeights({{2, 3, 4, 5, 6}}, 0).layers;
        for (std::size_t i = 0; i < made.size(); ++i) {
            std::size_t place = 0;
            for (auto* values : {&made[i].kernel, &made[i].bias}) {
                for (float& value : *values) {
                    value = writtenValue(i, place++);
                }
            }
        }
        return made;
    }();
    return layers;
}

} // namespace thaw::test
