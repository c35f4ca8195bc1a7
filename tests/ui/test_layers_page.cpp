#include "tests/support/test_registry.h"
#include "ui/models/layer_table_model.h"
#include "ui/pages/layers_page.h"
#include "ui/session.h"
#include "ui/widgets/layer_strip.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTextDocument>
#include <QTextOption>

using namespace thaw;
using namespace thaw::ui;

class TestLayersPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void listsLayersAsPublished();
    void countsTheBookRecipe();
    void togglesABlockByClickAndKey();
    void togglesALayerInItsPhase();
    void keepsThePoolWithItsBlock();
    void appliesPresets();
    void undoesEdits();
    void followsInputSize();
    void headAndPoolsCannotBeFrozen();
    void showsNoChecksWhenReadOnly();
    void totalsFitTheNarrowestWindow();

private:
    QString totals() const;
    QString cell(int row, int column) const;
    LayerStripButton* block(int number) const;
    void clickCell(int row, int column);

    Session* m_session = nullptr;
    LayersPage* m_page = nullptr;
    QTableView* m_table = nullptr;
};

void TestLayersPage::init()
{
    m_session = new Session;
    QVERIFY(m_session->setRecipe(bookRecipe(), "test").empty());
    m_page = new LayersPage(m_session);
    m_page->resize(1040, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page));
    m_table = m_page->findChild<QTableView*>("layersTable");
    QVERIFY(m_table);
}

void TestLayersPage::cleanup()
{
    delete m_page;
    delete m_session;
}

QString TestLayersPage::totals() const
{
    QTextDocument text;
    text.setHtml(m_page->findChild<QLabel*>("layersPhaseTotals")->text());
    return text.toPlainText().simplified();
}

QString TestLayersPage::cell(int row, int column) const
{
    return m_table->model()->index(row, column).data().toString();
}

LayerStripButton* TestLayersPage::block(int number) const
{
    return m_page->findChild<LayerStripButton*>(QStringLiteral("stripBlock%1").arg(number));
}

void TestLayersPage::clickCell(int row, int column)
{
    const QModelIndex index = m_table->model()->index(row, column);
    m_table->scrollTo(index);
    QTest::mouseClick(m_table->viewport(), Qt::LeftButton, {}, m_table->visualRect(index).center());
}

void TestLayersPage::listsLayersAsPublished()
{
    QCOMPARE(m_table->model()->rowCount(), 21); // input, 18 layers, two dense layers of the head
    QCOMPARE(cell(0, 0), "input");
    QCOMPARE(cell(0, 1), "180×180×3");
    QCOMPARE(cell(14, 0), "block4_pool");
    QCOMPARE(cell(11, 0), "block4_conv1");
    QCOMPARE(cell(11, 1), "22×22×512");
    QCOMPARE(cell(11, 2), QLocale().toString(1180160));
    QCOMPARE(cell(18, 1), "5×5×512");
    QCOMPARE(cell(19, 2), QLocale().toString(3277056));
    QCOMPARE(cell(20, 2), QLocale().toString(257));
    QCOMPARE(cell(17, LayerTableModel::FirstPhaseColumn), "Frozen");
    QCOMPARE(cell(17, LayerTableModel::FirstPhaseColumn + 1), "Trains");
}

void TestLayersPage::countsTheBookRecipe()
{
    const QLocale locale;
    const QString text = totals();
    QVERIFY2(text.contains(locale.toString(10356737)), qPrintable(text));
    QVERIFY(text.contains(locale.toString(7079424)));
    QVERIFY(text.contains(locale.toString(3277313)));  // phase 1: the head alone
    QVERIFY(text.contains(locale.toString(14714688))); // phase 1: the whole base is not trainable
    QVERIFY(text.contains("8.8 %"));                   // block5's share of the multiply-adds
    QTextDocument all;
    all.setHtml(m_page->findChild<QLabel*>("layersModelTotals")->text());
    QVERIFY(all.toPlainText().contains(locale.toString(17992001)));
}

void TestLayersPage::togglesABlockByClickAndKey()
{
    m_page->selectPhase(1);
    QVERIFY(m_session->freezePlan(1).isBlockTrainable(5));
    QTest::mouseClick(block(5), Qt::LeftButton);
    QVERIFY(!m_session->freezePlan(1).isBlockTrainable(5));
    QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), 0);
    QVERIFY(block(5)->accessibleName().contains("Frozen"));
    block(5)->setFocus();
    QTest::keyClick(block(5), Qt::Key_Space);
    QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), 4);
    QTest::keyClick(block(5), Qt::Key_Left);
    QVERIFY(block(4)->hasFocus());
    QTest::keyClick(block(4), Qt::Key_Space);
    QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), 8);
    QCOMPARE(m_session->freezePlan(0).asUnfreezeLast(), 0); // the other phase is left alone
}

void TestLayersPage::togglesALayerInItsPhase()
{
    const int layer = layerIndex("block3_conv2");
    clickCell(layer, LayerTableModel::FirstPhaseColumn);
    QVERIFY(m_session->freezePlan(0).isTrainable(layer));
    QVERIFY(!m_session->freezePlan(1).isTrainable(layer));
    QCOMPARE(m_page->selectedPhase(), 0);
    QVERIFY(m_session->recipe().phases[0].usesTrainable);
    QVERIFY(block(3)->accessibleName().contains("1 of 3"));
    QCOMPARE(m_page->findChild<QComboBox*>("layersPreset")->currentData().toInt(), -1);
    QVERIFY(totals().contains(QLocale().toString(3277313 + 590080)));
    clickCell(layer, LayerTableModel::FirstPhaseColumn);
    QVERIFY(!m_session->freezePlan(0).isTrainable(layer));
}

void TestLayersPage::keepsThePoolWithItsBlock()
{
    m_page->selectPhase(1);
    m_session->setFreezePlan(1, FreezePlan());
    for (const char* name : {"block5_conv3", "block5_conv2", "block5_conv1"}) {
        clickCell(layerIndex(name), LayerTableModel::FirstPhaseColumn + 1);
    }
    QCOMPARE(m_session->recipe().phases[1].unfreeze, 4);
    QVERIFY(!m_session->recipe().phases[1].usesTrainable);
}

void TestLayersPage::appliesPresets()
{
    auto* preset = m_page->findChild<QComboBox*>("layersPreset");
    m_page->selectPhase(1);
    QCOMPARE(preset->currentData().toInt(), 4);
    for (int unfreeze : {0, 4, 8, 18}) {
        const int index = preset->findData(unfreeze);
        QVERIFY(index >= 0);
        preset->setCurrentIndex(index);
        Q_EMIT preset->activated(index);
        QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), unfreeze);
        QCOMPARE(preset->currentData().toInt(), unfreeze);
    }
    QVERIFY(totals().contains(QLocale().toString(17992001)));
    QVERIFY(totals().contains("100.0 %"));
}

void TestLayersPage::undoesEdits()
{
    m_page->selectPhase(1);
    QTest::mouseClick(block(4), Qt::LeftButton);
    QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), 8);
    m_session->undoStack()->undo();
    QCOMPARE(m_session->freezePlan(1).asUnfreezeLast(), 4);
    QVERIFY(block(4)->accessibleName().contains("Frozen"));
}

void TestLayersPage::followsInputSize()
{
    QVERIFY(m_session->editRecipe("test", [](Recipe& recipe) { recipe.inputSize = 96; }).empty());
    QCOMPARE(cell(0, 1), "96×96×3");
    QCOMPARE(cell(18, 1), "3×3×512");
    QCOMPARE(cell(19, 2), QLocale().toString((3 * 3 * 512 + 1) * 256));
}

void TestLayersPage::headAndPoolsCannotBeFrozen()
{
    const Recipe before = m_session->recipe();
    clickCell(18, LayerTableModel::FirstPhaseColumn);
    clickCell(20, LayerTableModel::FirstPhaseColumn);
    clickCell(0, LayerTableModel::FirstPhaseColumn);
    QVERIFY(m_session->recipe() == before);
    QCOMPARE(cell(20, LayerTableModel::FirstPhaseColumn), "Trains");
    QCOMPARE(cell(18, LayerTableModel::FirstPhaseColumn), "–");
}

void TestLayersPage::showsNoChecksWhenReadOnly()
{
    LayerTableModel model;
    model.setLayers(baseLayers(180), HeadSpec{});
    model.setPhases({{"head", FreezePlan()}, {"joint", FreezePlan::unfreezeLast(4)}});
    const QModelIndex index = model.index(17, LayerTableModel::FirstPhaseColumn + 1);
    QCOMPARE(index.data(Qt::CheckStateRole).toInt(), int(Qt::Checked));
    model.setReadOnly(true);
    QSignalSpy toggled(&model, &LayerTableModel::layerToggled);
    const QModelIndex same = model.index(17, LayerTableModel::FirstPhaseColumn + 1);
    QVERIFY(!same.data(Qt::CheckStateRole).isValid());
    QVERIFY(!model.setData(same, Qt::Unchecked, Qt::CheckStateRole));
    QCOMPARE(toggled.count(), 0);
    QCOMPARE(same.data().toString(), "Trains");
}

void TestLayersPage::totalsFitTheNarrowestWindow()
{
    m_page->resize(764, 580); // beside the sidebar of a window of 960
    QApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
    auto* label = m_page->findChild<QLabel*>("layersPhaseTotals");
    QTextDocument text; // as the label lays it out
    QTextOption wrapping;
    wrapping.setWrapMode(QTextOption::WordWrap);
    text.setDefaultTextOption(wrapping);
    text.setDocumentMargin(0);
    text.setDefaultFont(label->font());
    text.setHtml(label->text());
    text.setTextWidth(label->wordWrap() ? label->width() : -1);
    QVERIFY2(text.idealWidth() <= label->width() && text.size().height() <= label->height(),
             qPrintable(QString("%1 × %2 in %3 × %4")
                            .arg(text.idealWidth())
                            .arg(text.size().height())
                            .arg(label->width())
                            .arg(label->height())));
}

THAW_TEST(TestLayersPage)
#include "test_layers_page.moc"
