#pragma once

#include <QImage>
#include <QPixmap>
#include <QWidget>

#include <vector>

namespace thaw::ui {

/// Pictures in rows of four, the first one framed as the original; they grow with the space.
class PreviewGrid : public QWidget
{
    Q_OBJECT

public:
    static constexpr int columns = 4;
    static constexpr int rows = 3;

    explicit PreviewGrid(QWidget* parent = nullptr);

    /// How many epochs there are to show; no more than fit.
    void setEpochs(int epochs);
    int epochs() const { return m_epochs; }
    /// @param tile 0: the original; k: epoch k
    void setPicture(int tile, const QImage& image);
    QImage picture(int tile) const;
    void clear();

    QSize sizeHint() const override { return {640, 520}; }
    QSize minimumSizeHint() const override { return {360, 300}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString caption(int tile) const;

    std::vector<QImage> m_images;
    int m_epochs = columns * rows - 1;
};

} // namespace thaw::ui
