#pragma once

#include "core/data/input/transform.h"
#include "core/explain/explanation.h"

#include <filesystem>
#include <set>
#include <string>

namespace thaw::cli {

/// Writes maps into a folder under the names of their pictures, no two under the same.
class MapFiles
{
public:
    /// The folder is made with the first map: a request that gives none leaves nothing behind.
    /// @param transform of the model
    /// @param oneSigmoid see scaleOf()
    MapFiles(std::filesystem::path folder, const TransformSpec& transform, double opacity, bool oneSigmoid);

    struct Written
    {
        std::filesystem::path picture;
        std::filesystem::path map;
        float scale = 0; ///< value of the lightest colour
    };

    /// @throws Error as loadImage() where the picture is gone; WriteFailed, DiskFull
    Written write(const Explanation& explanation, const std::string& className);

private:
    std::string freeName(const std::filesystem::path& picture);

    std::filesystem::path m_folder;
    TransformSpec m_transform;
    double m_opacity;
    bool m_oneSigmoid;
    std::set<std::string> m_used; ///< names without an ending, in small letters
};

} // namespace thaw::cli
