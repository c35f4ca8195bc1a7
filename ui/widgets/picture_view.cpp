#include "ui/widgets/picture_view.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

namespace thaw::ui {

PictureView::PictureView(QWidget* parent)
    : QWidget(parent)
    , m_canvas(new PictureCanvas(this))
    , m_state(makeMuted({}, this))
    , m_asNetwork(new QCheckBox(tr("As the &network sees it"), this))
{
    setObjectName("pictureView");
    setFocusProxy(m_canvas);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    layout->addWidget(m_canvas, 1);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(spacing::small);
    const auto addButton = [&](const QString& text, const char* name, const QString& tip, auto slot) {
        auto* button = new QToolButton(this);
        button->setText(text);
        setNames(button, name, tip);
        button->setToolTip(tip);
        button->setAutoRaise(true);
        connect(button, &QToolButton::clicked, m_canvas, slot);
        bar->addWidget(button);
        return button;
    };
    m_smaller =
        addButton(QString(QChar(0x2212)), "pictureSmaller", tr("Smaller (−)"), &PictureCanvas::zoomOut);
    m_larger = addButton("+", "pictureLarger", tr("Larger (+)"), &PictureCanvas::zoomIn);
    m_fit = addButton(tr("Fit"), "pictureFit", tr("Fit the picture (Ctrl+0)"), &PictureCanvas::fit);
    m_state->setObjectName("pictureState");
    m_state->setWordWrap(false);
    m_state->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    bar->addWidget(m_state, 1);
    m_asNetwork->setObjectName("pictureAsNetwork");
    m_asNetwork->setToolTip(tr("The pixels that the network gets: resized, and cut where it does that"));
    bar->addWidget(m_asNetwork);
    layout->addLayout(bar);

    connect(m_canvas, &PictureCanvas::zoomChanged, this, &PictureView::showState);
    connect(m_canvas, &PictureCanvas::previousWanted, this, &PictureView::previousWanted);
    connect(m_canvas, &PictureCanvas::nextWanted, this, &PictureView::nextWanted);
    connect(m_asNetwork, &QCheckBox::toggled, this,
            [this] { showImage(isAsNetwork() ? m_network : m_picture); });
    showState();
}

bool PictureView::isAsNetwork() const
{
    return m_asNetwork->isChecked() && !m_network.isNull();
}

void PictureView::setPicture(const QImage& picture, const QString& name)
{
    m_picture = picture;
    m_name = plainLine(name);
    m_network = {};
    m_overlay = {};
    m_networkOverlay = {};
    showImage(picture);
}

void PictureView::setNetworkPicture(const QImage& picture)
{
    m_network = picture;
    if (m_asNetwork->isChecked()) {
        showImage(isAsNetwork() ? m_network : m_picture);
    }
    showState();
}

void PictureView::setOverlay(const QImage& overlay, const QRectF& part, const QImage& onNetwork)
{
    m_overlay = overlay;
    m_overlayPart = part;
    m_networkOverlay = onNetwork;
    if (isAsNetwork()) {
        m_canvas->setOverlay(onNetwork.isNull() ? overlay : onNetwork);
    } else {
        m_canvas->setOverlay(overlay, part);
    }
}

void PictureView::setMessage(const QString& text)
{
    setPicture({}, {});
    m_canvas->setMessage(text);
    m_canvas->setAccessibleName(plainLines(text));
}

void PictureView::showImage(const QImage& picture)
{
    m_canvas->setPicture(picture);
    setOverlay(m_overlay, m_overlayPart, m_networkOverlay);
}

void PictureView::showState()
{
    const QImage& shown = m_canvas->picture();
    for (QToolButton* button : {m_smaller, m_larger, m_fit}) {
        button->setEnabled(!shown.isNull());
    }
    m_asNetwork->setEnabled(!m_network.isNull());
    m_canvas->setAccessibleName(m_name.isEmpty() ? tr("Picture") : tr("Picture %1").arg(m_name));
    m_state->setText(shown.isNull()
                         ? QString()
                         : tr("%1 × %2 pixels, at %3 %")
                               .arg(QLocale().toString(shown.width()), QLocale().toString(shown.height()),
                                    QLocale().toString(m_canvas->zoom() * 100, 'f', 0)));
    m_canvas->setAccessibleDescription(m_state->text());
}

} // namespace thaw::ui
