#include "tests/core/data/made_pictures.h"

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace thaw::test {

namespace {

class Writer
{
public:
    explicit Writer(bool littleEndian) : m_little(littleEndian) {}

    void text(const std::string& value) { m_bytes += value; }
    void number(std::uint32_t value, int bytes)
    {
        for (int i = 0; i < bytes; ++i) {
            const int shift = 8 * (m_little ? i : bytes - 1 - i);
            m_bytes += static_cast<char>(value >> shift & 0xFF);
        }
    }
    Bytes bytes() const { return bytesOf(m_bytes); }
    const std::string& string() const { return m_bytes; }

private:
    bool m_little;
    std::string m_bytes;
};

} // namespace

Bytes bytesOf(const std::string& text)
{
    Bytes bytes(text.size());
    std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

void writeBytes(const std::filesystem::path& path, const Bytes& bytes)
{
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

RgbImage gradient(int width, int height)
{
    RgbImage image{width, height, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            image.pixels.push_back(static_cast<std::uint8_t>(10 + 200 * x / width));
            image.pixels.push_back(static_cast<std::uint8_t>(20 + 200 * y / height));
            image.pixels.push_back(90);
        }
    }
    return image;
}

std::vector<int> pixelAt(const RgbImage& image, int x, int y)
{
    const std::uint8_t* pixel = image.pixels.data() + (y * image.width + x) * 3;
    return {pixel[0], pixel[1], pixel[2]};
}

Bytes pngOf(const RgbImage& image)
{
    cv::Mat bgr(image.height, image.width, CV_8UC3);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        bgr.data[i] = image.pixels[i / 3 * 3 + 2 - i % 3];
    }
    std::vector<std::uint8_t> encoded;
    cv::imencode(".png", bgr, encoded);
    return bytesOf(std::string(encoded.begin(), encoded.end()));
}

Bytes waveJpeg(int width, int height)
{
    cv::Mat bgr(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const double wave = std::sin(0.02 * (c + 1) * x) * std::cos(0.03 * y + c);
                bgr.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(std::lround(128 + 100 * wave));
            }
        }
    }
    std::vector<std::uint8_t> encoded;
    cv::imencode(".jpg", bgr, encoded);
    return bytesOf(std::string(encoded.begin(), encoded.end()));
}

Bytes tiffOf(const RgbImage& image, int orientation)
{
    Writer tiff(true);
    const auto size = static_cast<std::uint32_t>(image.pixels.size());
    const std::uint32_t dataAt = 8;
    const std::uint32_t depthsAt = dataAt + size + size % 2;
    tiff.text("II");
    tiff.number(42, 2);
    tiff.number(depthsAt + 6, 4);
    tiff.text(std::string(image.pixels.begin(), image.pixels.end()) + std::string(size % 2, '\0'));
    for (int i = 0; i < 3; ++i) {
        tiff.number(8, 2);
    }
    struct Entry
    {
        std::uint32_t tag, type, count, value;
    };
    const auto width = static_cast<std::uint32_t>(image.width);
    const auto height = static_cast<std::uint32_t>(image.height);
    const std::vector<Entry> entries{{256, 4, 1, width},
                                     {257, 4, 1, height},
                                     {258, 3, 3, depthsAt},
                                     {259, 3, 1, 1},
                                     {262, 3, 1, 2},
                                     {273, 4, 1, dataAt},
                                     {274, 3, 1, static_cast<std::uint32_t>(orientation)},
                                     {277, 3, 1, 3},
                                     {278, 4, 1, height},
                                     {279, 4, 1, size}};
    tiff.number(static_cast<std::uint32_t>(entries.size()), 2);
    for (const Entry& entry : entries) {
        tiff.number(entry.tag, 2);
        tiff.number(entry.type, 2);
        tiff.number(entry.count, 4);
        tiff.number(entry.value, 4);
    }
    tiff.number(0, 4);
    return tiff.bytes();
}

Bytes bmpOf(const RgbImage& image, int bits, bool topDown)
{
    Writer bmp(true);
    const int rowBytes = (image.width * bits + 31) / 32 * 4;
    bmp.text("BM");
    bmp.number(static_cast<std::uint32_t>(54 + rowBytes * image.height), 4);
    bmp.number(0, 4);
    bmp.number(54, 4);
    bmp.number(40, 4);
    bmp.number(static_cast<std::uint32_t>(image.width), 4);
    bmp.number(static_cast<std::uint32_t>(topDown ? -image.height : image.height), 4);
    bmp.number(1, 2);
    bmp.number(static_cast<std::uint32_t>(bits), 2);
    for (int i = 0; i < 6; ++i) {
        bmp.number(0, 4);
    }
    for (int row = 0; row < image.height; ++row) {
        const int y = topDown ? row : image.height - 1 - row;
        std::string line;
        for (int x = 0; x < image.width; ++x) {
            const std::uint8_t* pixel = image.pixels.data() + (y * image.width + x) * 3;
            line += {static_cast<char>(pixel[2]), static_cast<char>(pixel[1]), static_cast<char>(pixel[0])};
            line += bits == 32 ? std::string(1, '\0') : "";
        }
        line.resize(static_cast<std::size_t>(rowBytes));
        bmp.text(line);
    }
    return bmp.bytes();
}

Bytes jpegHeader(int width, int height, int orientation, int precision)
{
    Writer exif(false);
    exif.text(std::string("Exif\0\0MM\0*", 10));
    exif.number(8, 4);
    exif.number(1, 2);
    exif.number(274, 2);
    exif.number(3, 2);
    exif.number(1, 4);
    exif.number(static_cast<std::uint32_t>(orientation), 2);
    exif.number(0, 2);
    exif.number(0, 4);
    Writer jpeg(false);
    jpeg.number(0xFFD8FFE1, 4);
    jpeg.number(static_cast<std::uint32_t>(exif.string().size() + 2), 2);
    jpeg.text(exif.string());
    jpeg.number(0xFFC0, 2);
    jpeg.number(11, 2);
    jpeg.number(static_cast<std::uint32_t>(precision), 1);
    jpeg.number(static_cast<std::uint32_t>(height), 2);
    jpeg.number(static_cast<std::uint32_t>(width), 2);
    jpeg.number(0x01'011100, 4);
    return jpeg.bytes();
}

} // namespace thaw::test
