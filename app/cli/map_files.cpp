#include "app/cli/map_files.h"

#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"
#include "core/explain/map_rendering.h"
#include "core/model/weights/format/safetensors_file.h"

#include <algorithm>
#include <utility>

namespace thaw::cli {

namespace {

/// Longer sides are of no use for maps of a few places, and slow to write.
constexpr int longestSide = 1024;
/// Bytes of a name that leave room for a number and an ending in the 255 that file systems have.
constexpr std::size_t longestName = 200;

std::string inSmallLetters(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// Not within a character of UTF-8.
std::string cutName(std::string name)
{
    if (name.size() > longestName) {
        std::size_t end = longestName;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) {
            --end;
        }
        name.resize(end);
    }
    return name;
}

} // namespace

MapFiles::MapFiles(std::filesystem::path folder, const TransformSpec& transform, double opacity,
                   bool oneSigmoid)
    : m_folder(std::move(folder)), m_transform(transform), m_opacity(opacity), m_oneSigmoid(oneSigmoid)
{
}

std::string MapFiles::freeName(const std::filesystem::path& picture)
{
    const std::string stem = cutName(picture.stem().string());
    std::string name = stem;
    for (int number = 2; !m_used.insert(inSmallLetters(name)).second; ++number) {
        name = stem + "-" + std::to_string(number);
    }
    return name;
}

MapFiles::Written MapFiles::write(const Explanation& explanation, const std::string& className)
{
    const RgbImage picture = pictureToShow(explanation.path, m_transform, longestSide);
    if (m_used.empty()) {
        ensureWritableFolder(m_folder);
    }
    const std::string name = freeName(explanation.path);
    Written written{m_folder / (name + ".png"), m_folder / (name + ".safetensors"),
                    scaleOf(explanation, m_oneSigmoid)};
    SafetensorsFile file;
    const std::vector<std::int64_t> shape{explanation.map.height, explanation.map.width};
    file.tensors.push_back({"map", shape, explanation.map.values});
    if (explanation.method != ExplainMethod::Occlusion) {
        file.tensors.push_back({"map_before_relu", shape, explanation.evidence.values});
    }
    file.metadata = {{"class", className},
                     {"logit", std::to_string(explanation.logit)},
                     {"method", nameOf(explanation.method)},
                     {"layer", explanation.layer},
                     {"picture", explanation.path}};
    writeSafetensors(written.map, file);
    writePng(written.picture,
             overlaid(picture, explanation.map, m_transform.resize, written.scale, m_opacity));
    return written;
}

} // namespace thaw::cli
