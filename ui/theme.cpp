#include "ui/theme.h"

#include "ui/theme_style.h"

#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QFile>
#include <QFrame>
#include <QIconEngine>
#include <QLabel>
#include <QPainter>
#include <QPointer>
#include <QPushButton>
#include <QStyle>
#include <QStyleFactory>
#include <QSvgRenderer>

#include <algorithm>
#include <cmath>

// Resources in a static library are left out unless someone asks for them, and the macro wants no namespace.
static void initialiseResources()
{
    Q_INIT_RESOURCE(thaw);
}

namespace thaw::ui {

namespace {

double channelLuminance(double value)
{
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto part = [share](double x, double y) { return static_cast<float>(x + (y - x) * share); };
    return QColor::fromRgbF(part(a.redF(), b.redF()), part(a.greenF(), b.greenF()),
                            part(a.blueF(), b.blueF()));
}

/// `colour`, moved towards black or white until it can be read on both backgrounds.
QColor readable(const QColor& colour, const QColor& first, const QColor& second)
{
    const QColor end = luminanceOf(first) < 0.2 ? QColor(Qt::white) : QColor(Qt::black);
    constexpr int steps = 25;
    for (int step = 0; step < steps; ++step) {
        const QColor candidate = mixed(colour, end, double(step) / steps);
        if (std::min(contrastOf(candidate, first), contrastOf(candidate, second)) >= 4.5) {
            return candidate;
        }
    }
    return end;
}

QPalette lightPalette()
{
    QPalette palette(QColor("#eceff3"), QColor("#f4f6f8"));
    palette.setColor(QPalette::Base, QColor("#ffffff"));
    palette.setColor(QPalette::AlternateBase, QColor("#f7f9fb"));
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, QColor("#1d232a"));
    }
    palette.setColor(QPalette::ToolTipBase, QColor("#ffffff"));
    palette.setColor(QPalette::PlaceholderText, QColor("#66707c"));
    palette.setColor(QPalette::Highlight, QColor("#1f6aa8"));
    palette.setColor(QPalette::HighlightedText, QColor("#ffffff"));
    palette.setColor(QPalette::Link, QColor("#1f6aa8"));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, QColor("#98a1ab"));
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor("#c3cad2"));
    return palette;
}

QPalette darkPalette()
{
    QPalette palette(QColor("#2f353d"), QColor("#1a1d22"));
    palette.setColor(QPalette::Base, QColor("#23272d"));
    palette.setColor(QPalette::AlternateBase, QColor("#282d34"));
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, QColor("#e6e9ed"));
    }
    palette.setColor(QPalette::ToolTipBase, QColor("#2f353d"));
    palette.setColor(QPalette::PlaceholderText, QColor("#98a2ad"));
    palette.setColor(QPalette::Highlight, QColor("#6fb1e6"));
    palette.setColor(QPalette::HighlightedText, QColor("#0e1c28"));
    palette.setColor(QPalette::Link, QColor("#6fb1e6"));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, QColor("#6d7681"));
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor("#454c55"));
    return palette;
}

/// Keeps the style sheet in step with the application's palette.
class StyleKeeper : public QObject
{
public:
    explicit StyleKeeper(QApplication& application) : QObject(&application), m_application(application)
    {
        application.installEventFilter(this);
    }

    void restyle()
    {
        const QString sheet = styleSheetFor(themeColours(m_application.palette()));
        if (sheet != m_application.styleSheet()) {
            m_application.setStyleSheet(sheet);
        }
    }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        // Queued: a style sheet must not be replaced while the palette is on its way to the widgets.
        if (watched == &m_application && event->type() == QEvent::ApplicationPaletteChange) {
            QMetaObject::invokeMethod(
                this, [this] { restyle(); }, Qt::QueuedConnection);
        }
        return QObject::eventFilter(watched, event);
    }

private:
    QApplication& m_application;
};

QLabel* makeLabel(const QString& text, QWidget* parent, const char* role, double scale, QFont::Weight weight)
{
    auto* label = new QLabel(text, parent);
    label->setProperty("role", role);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setWeight(weight);
    label->setFont(font);
    return label;
}

/// Draws a one-colour SVG at whatever size is asked for.
class SvgIconEngine : public QIconEngine
{
public:
    SvgIconEngine(QByteArray svg, QColor colour, QColor disabled)
        : m_svg(std::move(svg)), m_colour(colour), m_disabled(disabled)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        QByteArray svg = m_svg;
        svg.replace("currentColor", (mode == QIcon::Disabled ? m_disabled : m_colour).name().toLatin1());
        QSvgRenderer(svg).render(painter, rect);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return pixmap;
    }

    QIconEngine* clone() const override { return new SvgIconEngine(*this); }

private:
    QByteArray m_svg;
    QColor m_colour;
    QColor m_disabled;
};

} // namespace

double luminanceOf(const QColor& colour)
{
    return 0.2126 * channelLuminance(colour.redF()) + 0.7152 * channelLuminance(colour.greenF()) +
           0.0722 * channelLuminance(colour.blueF());
}

double contrastOf(const QColor& a, const QColor& b)
{
    const double first = luminanceOf(a) + 0.05;
    const double second = luminanceOf(b) + 0.05;
    return std::max(first, second) / std::min(first, second);
}

std::optional<ThemeMode> themeModeFromName(const QString& name)
{
    if (name == "system") {
        return ThemeMode::System;
    }
    if (name == "light") {
        return ThemeMode::Light;
    }
    if (name == "dark") {
        return ThemeMode::Dark;
    }
    return std::nullopt;
}

void applyTheme(QApplication& application, ThemeMode mode)
{
    initialiseResources(); // the style sheet names icons
    static QPointer<StyleKeeper> keeper;
    if (!keeper) {
        QApplication::setStyle(QStyleFactory::create("Fusion"));
        keeper = new StyleKeeper(application);
    }
    switch (mode) {
    case ThemeMode::System:
        QApplication::setPalette(QPalette());
        break;
    case ThemeMode::Light:
        QApplication::setPalette(lightPalette());
        break;
    case ThemeMode::Dark:
        QApplication::setPalette(darkPalette());
        break;
    }
    keeper->restyle();
}

bool isDark(const QPalette& palette)
{
    return luminanceOf(palette.color(QPalette::Active, QPalette::Window)) < 0.2;
}

ThemeColours themeColours(const QPalette& palette)
{
    const auto active = [&](QPalette::ColorRole role) { return palette.color(QPalette::Active, role); };
    const bool dark = isDark(palette);
    ThemeColours colours;
    colours.window = active(QPalette::Window);
    colours.card = active(QPalette::Base);
    colours.text = readable(active(QPalette::WindowText), colours.card, colours.window);
    colours.border = mixed(colours.card, colours.text, dark ? 0.18 : 0.13);
    colours.control = mixed(colours.card, colours.text, dark ? 0.36 : 0.32);
    const auto onBoth = [&](const QColor& colour) { return readable(colour, colours.card, colours.window); };
    colours.muted = onBoth(mixed(colours.text, colours.card, 0.35));
    colours.disabled = palette.color(QPalette::Disabled, QPalette::WindowText);
    colours.accent = onBoth(active(QPalette::Highlight));
    colours.onAccent = contrastOf(Qt::white, colours.accent) >= 4.5 ? QColor(Qt::white) : QColor("#0b1620");
    colours.accentSoft = mixed(colours.card, colours.accent, dark ? 0.22 : 0.12);
    colours.good = onBoth(QColor("#2f8f4e"));
    colours.warning = onBoth(QColor("#a86a00"));
    colours.bad = onBoth(QColor("#c93a3a"));
    colours.frozen = onBoth(QColor("#4a83b0"));
    colours.thawed = onBoth(QColor("#cf5f1b"));
    colours.training = onBoth(QColor("#2a78c0"));
    colours.validation = onBoth(QColor("#d0601c"));
    return colours;
}

QIcon themeIcon(const QString& name, const QPalette& palette)
{
    initialiseResources();
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    return QIcon(new SvgIconEngine(file.readAll(), palette.color(QPalette::Active, QPalette::WindowText),
                                   palette.color(QPalette::Disabled, QPalette::WindowText)));
}

QFrame* makeCard(QWidget* parent)
{
    auto* card = new QFrame(parent);
    card->setObjectName("card");
    card->setProperty("card", true);
    return card;
}

QLabel* makeHeading(const QString& text, QWidget* parent)
{
    return makeLabel(text, parent, "heading", 1.6, QFont::DemiBold);
}

QLabel* makeSectionTitle(const QString& text, QWidget* parent)
{
    return makeLabel(text, parent, "section", 1.1, QFont::DemiBold);
}

QLabel* makeMuted(const QString& text, QWidget* parent)
{
    auto* label = makeLabel(text, parent, "muted", 1.0, QFont::Normal);
    label->setWordWrap(true);
    return label;
}

void letShrink(QLabel* label)
{
    label->setWordWrap(true);
    label->setMinimumWidth(1);
}

void letShrink(QComboBox* box)
{
    constexpr int usualLength = 16;
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(usualLength);
}

void setPrimary(QPushButton* button)
{
    button->setProperty("primary", true);
}

void setNames(QWidget* widget, const char* objectName, const QString& accessibleName)
{
    widget->setObjectName(QString::fromLatin1(objectName));
    if (!qobject_cast<QLabel*>(widget)) {
        widget->setAccessibleName(accessibleName);
    }
}

} // namespace thaw::ui
