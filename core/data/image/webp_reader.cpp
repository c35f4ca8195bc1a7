#include "core/data/image/webp_reader.h"

#include "core/base/error.h"
#include "core/data/image/pixel_conversion.h"

#include <cstdint>
#include <memory>
#include <webp/decode.h>
#include <webp/demux.h>

namespace thaw {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path)
{
    throw Error(ErrorCode::ImageUnreadable, path, "the WebP is damaged or cut short",
                "replace or remove the file");
}

RgbImage fromRgba(const std::uint8_t* rgba, int width, int height)
{
    RgbImage image{width, height, {}};
    const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    image.pixels.resize(count * 3);
    for (std::size_t i = 0; i < count * 3; ++i) {
        image.pixels[i] = onWhite(rgba[i / 3 * 4 + i % 3], rgba[i / 3 * 4 + 3]);
    }
    return image;
}

RgbImage decodeFirstFrame(const WebPData& data, const std::filesystem::path& path)
{
    const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
        WebPAnimDecoderNew(&data, nullptr), &WebPAnimDecoderDelete);
    WebPAnimInfo info{};
    std::uint8_t* canvas = nullptr;
    int timestamp = 0;
    if (!decoder || !WebPAnimDecoderGetInfo(decoder.get(), &info) ||
        !WebPAnimDecoderGetNext(decoder.get(), &canvas, &timestamp))
    {
        fail(path);
    }
    return fromRgba(canvas, static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
}

} // namespace

RgbImage decodeWebP(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    WebPBitstreamFeatures features{};
    if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
        fail(path);
    }
    if (features.has_animation) {
        return decodeFirstFrame({data, bytes.size()}, path);
    }
    int width = 0;
    int height = 0;
    const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> rgba(
        WebPDecodeRGBA(data, bytes.size(), &width, &height), &WebPFree);
    if (!rgba) {
        fail(path);
    }
    return fromRgba(rgba.get(), width, height);
}

} // namespace thaw
