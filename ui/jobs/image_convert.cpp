#include "ui/jobs/image_convert.h"

namespace thaw::ui {

QImage toQImage(const RgbImage& image)
{
    return QImage(image.pixels.data(), image.width, image.height, qsizetype(image.width) * 3,
                  QImage::Format_RGB888)
        .copy();
}

} // namespace thaw::ui
