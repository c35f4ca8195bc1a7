#pragma once

#include "tests/core/data/made_pictures.h"

namespace thaw::test {

/// EXIF as the formats embed it: a TIFF header and one directory that holds the orientation.
std::string exifBlock(int orientation, bool littleEndian);

/// The same picture with EXIF put where each format keeps it. @param webp with a "VP8 " or "VP8L" chunk alone
Bytes jpegWithExif(const Bytes& jpeg, int orientation, bool littleEndian);
Bytes pngWithExif(const Bytes& png, int orientation, bool littleEndian);
Bytes webpWithExif(const Bytes& webp, int width, int height, int orientation, bool littleEndian);

/// What a PNG is made of, beyond what OpenCV writes.
struct PngSpec
{
    int width = 1;
    int height = 1;
    int bitDepth = 8;
    int colourType = 0;            ///< 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
    std::vector<unsigned> samples; ///< row by row, of bitDepth bits
    std::string palette;           ///< RGB triples
    std::string transparency;      ///< content of tRNS
};

Bytes pngOf(const PngSpec& spec);

struct GifSpec
{
    int screenWidth = 1; ///< of the canvas
    int screenHeight = 1;
    int left = 0; ///< of the frame in it
    int top = 0;
    int width = 1;
    int height = 1;
    std::vector<int> indices; ///< in the order of the file; at most 250, so that codes keep their length
    std::string palette;      ///< RGB triples, 2, 4, 8 … of them
    bool interlaced = false;
    bool ownPalette = false; ///< the palette belongs to the frame, not to the screen
    int transparent = -1;
};

Bytes gifOf(const GifSpec& spec);

/// An 8×8 JPEG in CMYK, stored inverted with Adobe's marker: pure red.
Bytes redCmykJpeg();

} // namespace thaw::test
