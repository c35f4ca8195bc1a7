#include "core/data/image/exif.h"
#include "core/data/image/header_parsers.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace thaw {

namespace {

using namespace std::string_view_literals;

struct JpegMarker
{
    std::uint8_t code = 0;
    std::size_t segment = 0; ///< of its length field
};

/// The next marker at or after `at`. Bytes between segments, be they coded data or junk, are passed over as
/// decoders do; so are fill bytes, stuffed zeros, restart markers and reserved codes. Those have no segment:
/// one passed over could hide scans that the decoder sees.
std::optional<JpegMarker> nextJpegMarker(const ByteReader& bytes, std::size_t at)
{
    for (; at + 1 < bytes.size(); ++at) {
        const std::uint8_t code = bytes.u8(at + 1);
        const bool standsAlone = code < 0xC0 || (code >= 0xD0 && code <= 0xD8);
        if (bytes.u8(at) == 0xFF && code != 0xFF && !standsAlone) {
            return JpegMarker{code, at + 2};
        }
    }
    return std::nullopt;
}

constexpr std::uint8_t jpegEnd = 0xD9;
constexpr std::uint8_t jpegScan = 0xDA;

bool isFrameMarker(std::uint8_t code)
{
    return code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
}

} // namespace

void inspectJpeg(const ByteReader& bytes, ImageInspection& image)
{
    std::size_t at = 2;
    while (const auto marker = nextJpegMarker(bytes, at)) {
        if (marker->code == jpegEnd || marker->code == jpegScan) {
            throw BadHeader{"the JPEG has no frame header"};
        }
        require(bytes, marker->segment, 2);
        const std::size_t length = bytes.bigEndian16(marker->segment);
        if (length < 2) {
            throw BadHeader{"a JPEG segment is shorter than its own length"};
        }
        const std::size_t content = marker->segment + 2;
        if (marker->code == 0xE1 && bytes.matches(content, "Exif\0\0"sv)) {
            image.orientation = exifOrientation(bytes.part(content, length - 2));
        }
        if (isFrameMarker(marker->code)) {
            require(bytes, content, 6);
            if (bytes.bigEndian16(content + 1) == 0 && bytes.bigEndian16(content + 3) != 0) {
                image.unsupported = "a JPEG that gives its height only after the data is not supported";
                image.width = image.height = 0;
                return;
            }
            setSize(image, bytes.bigEndian16(content + 3), bytes.bigEndian16(content + 1));
            const int precision = bytes.u8(content);
            if (precision != 8) {
                image.unsupported =
                    "a JPEG with " + std::to_string(precision) + " bits a sample is not supported";
            } else if (marker->code == 0xC3 || (marker->code >= 0xC5 && marker->code <= 0xC7) ||
                       marker->code == 0xCB || marker->code >= 0xCD)
            {
                image.unsupported = "a lossless or hierarchical JPEG is not supported";
            }
            return;
        }
        at = marker->segment + length;
    }
    failCutShort();
}

namespace {

/// Down to which bit each coefficient of a picture's components has been told: 0 is all of it.
class ScanCoverage
{
public:
    /// False for a second frame, and one of more components than pictures have.
    /// @param content of a frame header's segment, after its length
    bool begin(const ByteReader& bytes, std::size_t content)
    {
        const std::size_t components = bytes.u8(content + 5);
        if (!m_lowestBit.empty() || components == 0 || components > mostComponents) {
            return false;
        }
        for (std::size_t i = 0; i < components; ++i) {
            m_lowestBit[bytes.u8(content + 6 + 3 * i)].fill(untold);
        }
        return true;
    }

    /// False for more scans or components than are decoded.
    /// @param content of a scan header's segment, after its length
    bool add(const ByteReader& bytes, std::size_t content)
    {
        const std::size_t components = bytes.u8(content);
        if (++m_scans > mostScans || components > mostComponents) {
            return false;
        }
        const std::size_t after = content + 1 + 2 * components;
        const std::size_t last = std::min<std::size_t>(bytes.u8(after + 1), 63);
        for (std::size_t i = 0; i < components; ++i) {
            const auto found = m_lowestBit.find(bytes.u8(content + 1 + 2 * i));
            for (std::size_t k = bytes.u8(after); found != m_lowestBit.end() && k <= last; ++k) {
                found->second[k] = bytes.u8(after + 2) & 0x0F;
            }
        }
        return true;
    }

    bool isAll() const
    {
        return !m_lowestBit.empty() && std::ranges::all_of(m_lowestBit, [](const auto& entry) {
            return std::ranges::all_of(entry.second, [](int bit) { return bit == 0; });
        });
    }

private:
    static constexpr int untold = 16;
    static constexpr std::size_t mostComponents = 4;
    static constexpr int mostScans = 500;
    int m_scans = 0;
    std::map<int, std::array<int, 64>> m_lowestBit; ///< by component
};

} // namespace

bool jpegScansAreAll(std::span<const std::byte> bytes)
{
    const ByteReader reader(bytes);
    ScanCoverage coverage;
    std::size_t at = 2;
    while (const auto marker = nextJpegMarker(reader, at)) {
        const std::size_t length = std::max<std::size_t>(reader.bigEndian16(marker->segment), 2);
        const std::size_t content = marker->segment + 2;
        if (!reader.has(marker->segment, length)) {
            return false;
        }
        const bool isHuffman = marker->code <= 0xC2;
        if (isFrameMarker(marker->code) && !(isHuffman && coverage.begin(reader, content))) {
            return false;
        }
        if (marker->code == jpegScan && !coverage.add(reader, content)) {
            return false;
        }
        at = marker->segment + length;
    }
    return coverage.isAll();
}

bool jpegReachesItsEnd(std::span<const std::byte> bytes, int* scans)
{
    const ByteReader reader(bytes);
    int count = 0;
    bool ended = false;
    std::size_t at = 2;
    while (const auto marker = nextJpegMarker(reader, at)) {
        ended = marker->code == jpegEnd;
        if (ended) {
            break;
        }
        count += marker->code == jpegScan;
        at = marker->segment + std::max<std::size_t>(reader.bigEndian16(marker->segment), 2);
    }
    if (scans) {
        *scans = count;
    }
    return ended;
}

} // namespace thaw
