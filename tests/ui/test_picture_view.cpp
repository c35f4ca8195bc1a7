// The large view of a picture, used by mouse and keyboard.

#include "tests/support/test_registry.h"
#include "ui/theme.h"
#include "ui/widgets/picture_view.h"

#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include <cmath>
#include <memory>

using namespace thaw::ui;

class TestPictureView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeMode::Light); }
    void init();
    void cleanup() { m_view.reset(); }
    void fitsAndKeepsItsShape();
    void zoomsAboutTheMouse();
    void zoomsAndMovesByKeys();
    void asksForOtherPicturesWhereNothingMoves();
    void neverShowsEmptyRoomBesideALargePicture();
    void showsWhatTheNetworkSees();
    void laysAnOverlayOverThePartThatTheNetworkSees();
    void saysWhyThereIsNoPicture();

private:
    PictureCanvas* canvas() const { return m_view->canvas(); }
    QColor pixel(const QPointF& place) const
    {
        return canvas()->grab().toImage().pixelColor(place.toPoint());
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(canvas(), key, modifiers);
    }

    std::unique_ptr<PictureView> m_view;
};

void TestPictureView::init()
{
    m_view = std::make_unique<PictureView>();
    m_view->resize(600, 440);
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    QImage picture(200, 100, QImage::Format_RGB888);
    picture.fill(Qt::red);
    m_view->setPicture(picture, "cats/1.jpg");
}

void TestPictureView::fitsAndKeepsItsShape()
{
    const QRectF shown = canvas()->pictureRect();
    QVERIFY(canvas()->isFitted());
    QCOMPARE(shown.width(), double(canvas()->width()));
    QCOMPARE(shown.height(), shown.width() / 2);
    QCOMPARE(pixel(shown.center()), QColor(Qt::red));
    QVERIFY(canvas()->accessibleName().contains("cats/1.jpg"));
    m_view->resize(900, 440);
    QCOMPARE(canvas()->pictureRect().center(), canvas()->rect().toRectF().center());
    // Larger than the room: made smaller.
    m_view->setPicture(QImage(4000, 3000, QImage::Format_RGB888), "large");
    QVERIFY(canvas()->zoom() < 0.3);
    QCOMPARE(canvas()->pictureRect().height(), double(canvas()->height()));
}

void TestPictureView::zoomsAboutTheMouse()
{
    const QPointF mouse(150, 200);
    const auto held = [&] {
        const QRectF shown = canvas()->pictureRect();
        return QPointF((mouse.x() - shown.left()) / shown.width(),
                       (mouse.y() - shown.top()) / shown.height());
    };
    for (int i = 0; i < 4; ++i) { // until there is room on no side
        QTest::keyClick(canvas(), Qt::Key_Plus);
    }
    const QPointF before = held();
    const double zoom = canvas()->zoom();
    QWheelEvent wheel(mouse, canvas()->mapToGlobal(mouse), {}, {0, 120}, Qt::NoButton, {}, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(canvas(), &wheel);
    QVERIFY(canvas()->zoom() > zoom * 1.2);
    // The same place of the picture, but for the rounding of doubles.
    QVERIFY(std::abs(held().x() - before.x()) < 1e-9);
    QVERIFY(std::abs(held().y() - before.y()) < 1e-9);
}

void TestPictureView::zoomsAndMovesByKeys()
{
    const double fitted = canvas()->zoom();
    press(Qt::Key_Plus);
    press(Qt::Key_Plus);
    QVERIFY(canvas()->zoom() > fitted * 1.5);
    const double left = canvas()->pictureRect().left();
    press(Qt::Key_Right);
    QVERIFY(canvas()->pictureRect().left() < left);
    press(Qt::Key_0, Qt::ControlModifier);
    QVERIFY(canvas()->isFitted());
    QCOMPARE(canvas()->zoom(), fitted);
    m_view->findChild<QToolButton*>("pictureLarger")->click();
    QVERIFY(canvas()->zoom() > fitted);
    m_view->findChild<QToolButton*>("pictureFit")->click();
    QVERIFY(canvas()->isFitted());
    QTest::mouseDClick(canvas(), Qt::LeftButton);
    QCOMPARE(canvas()->zoom(), 1.0);
    QVERIFY(m_view->findChild<QLabel*>("pictureState")->text().contains("100 %"));
}

void TestPictureView::asksForOtherPicturesWhereNothingMoves()
{
    QSignalSpy next(m_view.get(), &PictureView::nextWanted);
    QSignalSpy previous(m_view.get(), &PictureView::previousWanted);
    press(Qt::Key_Right);
    press(Qt::Key_Left);
    QCOMPARE(next.count(), 1);
    QCOMPARE(previous.count(), 1);
    for (int i = 0; i < 4; ++i) {
        press(Qt::Key_Plus);
    }
    press(Qt::Key_Right); // moves
    QCOMPARE(next.count(), 1);
    press(Qt::Key_PageDown);
    press(Qt::Key_PageUp);
    QCOMPARE(next.count(), 2);
    QCOMPARE(previous.count(), 2);
}

void TestPictureView::neverShowsEmptyRoomBesideALargePicture()
{
    for (int i = 0; i < 8; ++i) {
        press(Qt::Key_Plus);
    }
    for (int i = 0; i < 200; ++i) {
        press(Qt::Key_Down);
    }
    QTest::mousePress(canvas(), Qt::LeftButton, {}, {300, 300});
    QTest::mouseMove(canvas(), {20, 20});
    QTest::mouseMove(canvas(), {-9000, -9000});
    QTest::mouseRelease(canvas(), Qt::LeftButton, {}, {20, 20});
    const QRectF shown = canvas()->pictureRect();
    QVERIFY(shown.right() >= canvas()->width() - 1e-6);
    QVERIFY(shown.bottom() >= canvas()->height() - 1e-6);
    QVERIFY(shown.left() <= 0);
    QVERIFY(shown.top() <= 0);
}

void TestPictureView::showsWhatTheNetworkSees()
{
    auto* asNetwork = m_view->findChild<QCheckBox*>("pictureAsNetwork");
    QVERIFY(!asNetwork->isEnabled());
    QImage network(32, 32, QImage::Format_RGB888);
    network.fill(Qt::blue);
    m_view->setNetworkPicture(network);
    QVERIFY(asNetwork->isEnabled());
    QTest::mouseClick(asNetwork, Qt::LeftButton, {}, {8, asNetwork->height() / 2});
    QVERIFY(m_view->isAsNetwork());
    QCOMPARE(pixel(canvas()->pictureRect().center()), QColor(Qt::blue));
    QVERIFY(m_view->findChild<QLabel*>("pictureState")->text().startsWith("32 × 32"));
    // The next picture is shown as it is until what the network sees of it is known.
    QImage next(50, 50, QImage::Format_RGB888);
    next.fill(Qt::green);
    m_view->setPicture(next, "next");
    QCOMPARE(pixel(canvas()->pictureRect().center()), QColor(Qt::green));
    m_view->setNetworkPicture(network);
    QCOMPARE(pixel(canvas()->pictureRect().center()), QColor(Qt::blue));
}

void TestPictureView::laysAnOverlayOverThePartThatTheNetworkSees()
{
    QImage overlay(4, 4, QImage::Format_ARGB32);
    overlay.fill(Qt::blue);
    m_view->setOverlayOpacity(1);
    m_view->setOverlay(overlay, {0.25, 0, 0.5, 1}); // the largest square in the middle
    const QRectF shown = canvas()->pictureRect();
    QCOMPARE(pixel(shown.center()), QColor(Qt::blue));
    QCOMPARE(pixel(shown.topLeft() + QPointF(10, shown.height() / 2)), QColor(Qt::red));
    m_view->setOverlayOpacity(0);
    QCOMPARE(pixel(shown.center()), QColor(Qt::red));
    // As the network sees it, all is that part.
    m_view->setOverlayOpacity(1);
    QImage network(32, 32, QImage::Format_RGB888);
    network.fill(Qt::green);
    m_view->setNetworkPicture(network);
    m_view->findChild<QCheckBox*>("pictureAsNetwork")->setChecked(true);
    QCOMPARE(pixel(canvas()->pictureRect().topLeft() + QPointF(20, 20)), QColor(Qt::blue));
}

void TestPictureView::saysWhyThereIsNoPicture()
{
    const QImage before = canvas()->grab().toImage();
    m_view->setMessage("The file is cut short");
    QVERIFY(canvas()->picture().isNull());
    QVERIFY(canvas()->grab().toImage() != before);
    QVERIFY(canvas()->accessibleName().contains("cut short"));
    QVERIFY(!m_view->findChild<QToolButton*>("pictureFit")->isEnabled());
    press(Qt::Key_Plus); // nothing to zoom, nothing happens
    QSignalSpy next(m_view.get(), &PictureView::nextWanted);
    press(Qt::Key_Right);
    QCOMPARE(next.count(), 1);
}

THAW_TEST(TestPictureView)
#include "test_picture_view.moc"
