#include "core/data/image/gif_reader.h"

#include "core/base/error.h"
#include "core/data/image/image_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <gif_lib.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

namespace {

struct Source
{
    std::span<const std::byte> rest;
};

int readSource(GifFileType* gif, GifByteType* buffer, int wanted)
{
    auto& rest = static_cast<Source*>(gif->UserData)->rest;
    const std::size_t count = std::min(static_cast<std::size_t>(std::max(wanted, 0)), rest.size());
    std::memcpy(buffer, rest.data(), count);
    rest = rest.subspan(count);
    return static_cast<int>(count);
}

struct Closer
{
    void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

[[noreturn]] void fail(const std::filesystem::path& path, int code)
{
    const char* reason = GifErrorString(code);
    throw Error(ErrorCode::ImageUnreadable, path,
                std::string("the GIF is damaged or cut short") +
                    (reason ? " (" + std::string(reason) + ")" : ""),
                "replace or remove the file");
}

/// Reads records up to the first picture; returns its transparent palette index, if any.
std::optional<int> seekFirstFrame(GifFileType* gif, const std::filesystem::path& path)
{
    std::optional<int> transparent;
    for (;;) {
        GifRecordType record = UNDEFINED_RECORD_TYPE;
        if (DGifGetRecordType(gif, &record) == GIF_ERROR) {
            fail(path, gif->Error);
        }
        if (record == IMAGE_DESC_RECORD_TYPE) {
            return transparent;
        }
        if (record != EXTENSION_RECORD_TYPE) {
            throw Error(ErrorCode::ImageUnreadable, path, "the GIF holds no picture",
                        "replace or remove the file");
        }
        int code = 0;
        GifByteType* block = nullptr;
        if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) {
            fail(path, gif->Error);
        }
        while (block) {
            GraphicsControlBlock control{};
            if (code == GRAPHICS_EXT_FUNC_CODE &&
                DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
                control.TransparentColor != NO_TRANSPARENT_COLOR)
            {
                transparent = control.TransparentColor;
            }
            if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) {
                fail(path, gif->Error);
            }
        }
    }
}

/// The canvas row of each row in the file, in the order in which an interlaced frame stores them.
std::vector<int> rowOrder(int height, bool interlaced)
{
    struct Pass
    {
        int first, step;
    };
    static constexpr std::array<Pass, 4> interlace{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    std::vector<int> rows;
    if (!interlaced) {
        for (int y = 0; y < height; ++y) {
            rows.push_back(y);
        }
        return rows;
    }
    for (const Pass& pass : interlace) {
        for (int y = pass.first; y < height; y += pass.step) {
            rows.push_back(y);
        }
    }
    return rows;
}

} // namespace

RgbImage decodeGif(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    Source source{bytes};
    int code = 0;
    const std::unique_ptr<GifFileType, Closer> gif(DGifOpen(&source, readSource, &code));
    if (!gif) {
        fail(path, code);
    }
    const std::optional<int> transparent = seekFirstFrame(gif.get(), path);
    if (DGifGetImageDesc(gif.get()) == GIF_ERROR) {
        fail(path, gif->Error);
    }
    const GifImageDesc& frame = gif->Image;
    const ColorMapObject* palette = frame.ColorMap ? frame.ColorMap : gif->SColorMap;
    if (!palette || frame.Width <= 0 || frame.Height <= 0) {
        throw Error(ErrorCode::ImageUnreadable, path, "the GIF's first frame has no pixels or no palette",
                    "replace or remove the file");
    }
    // A frame may be larger than its canvas, and takes its time to decode all the same.
    ImageInspection first;
    first.width = frame.Width;
    first.height = frame.Height;
    requireDecodable(first, path);
    RgbImage image{gif->SWidth, gif->SHeight, {}};
    image.pixels.assign(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3,
                        255);
    std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
    for (int row : rowOrder(frame.Height, frame.Interlace)) {
        if (DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR) {
            fail(path, gif->Error);
        }
        const int y = frame.Top + row;
        for (int i = 0; i < frame.Width && y < image.height; ++i) {
            const int x = frame.Left + i;
            const int index = line[static_cast<std::size_t>(i)];
            if (x < image.width && index < palette->ColorCount && index != transparent) {
                const GifColorType& colour = palette->Colors[index];
                std::uint8_t* pixel =
                    image.pixels.data() + (static_cast<std::size_t>(y) * image.width + x) * 3;
                pixel[0] = colour.Red;
                pixel[1] = colour.Green;
                pixel[2] = colour.Blue;
            }
        }
    }
    return image;
}

} // namespace thaw
