// The models behind lists and tables, without a view.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/models/class_table_model.h"
#include "ui/models/layer_table_model.h"
#include "ui/models/problem_list_model.h"
#include "ui/models/run_list_model.h"
#include "ui/models/thumbnail_model.h"

#include <QAbstractItemModelTester>
#include <QPixmap>
#include <QSignalSpy>
#include <QTest>
#include <QTextDocument>

#include <cmath>
#include <limits>

using namespace thaw;
using namespace thaw::ui;

namespace {

constexpr auto strict = QAbstractItemModelTester::FailureReportingMode::QtTest;

QString cell(const QAbstractItemModel& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

/// Three classes: cats 3 + 1 + 1, dogs 1 + 0 + 0, an empty one.
DatasetPointer smallDataset()
{
    DatasetIndex index;
    index.root = "/pictures";
    index.classes = {"cats", "dogs", "empty"};
    const std::pair<int, Split> samples[] = {{0, Split::Train},      {0, Split::Train}, {0, Split::Train},
                                             {0, Split::Validation}, {0, Split::Test},  {1, Split::Train}};
    for (const auto& [label, split] : samples) {
        Sample sample;
        sample.path = index.classes[std::size_t(label)] + "/" + std::to_string(index.samples.size()) + ".png";
        sample.label = label;
        sample.split = split;
        index.samples.push_back(sample);
    }
    index.samples.front().width = 640;
    index.samples.front().height = 480;
    return std::make_shared<const DatasetIndex>(index);
}

std::vector<Problem> someProblems()
{
    return {{"a.jpg", ProblemCode::DuplicateContent, ProblemSeverity::Info, "the same as b.jpg"},
            {"c.jpg", ProblemCode::Unreadable, ProblemSeverity::Error, "the file is cut short"},
            {"", ProblemCode::Imbalanced, ProblemSeverity::Warning, "cats are many"},
            {"d.jpg", ProblemCode::Unreadable, ProblemSeverity::Error, "not a picture"}};
}

SavedRun run(const std::string& name, RunState state)
{
    SavedRun saved;
    saved.folder = "/runs/" + name;
    saved.recipe = quickRecipe();
    saved.record.name = name;
    saved.record.state = state;
    saved.record.startedAt = "2026-11-01T10:00:00Z";
    return saved;
}

} // namespace

class TestModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void classTableCounts()
    {
        ClassTableModel model;
        const QAbstractItemModelTester tester(&model, strict);
        QCOMPARE(model.rowCount(), 0);
        model.setDataset(smallDataset());
        QCOMPARE(model.rowCount(), 4);
        const QStringList cats{"cats", "3", "1", "1", "5"};
        const QStringList totals{"All", "4", "1", "1", "6"};
        for (int column = 0; column < ClassTableModel::ColumnCount; ++column) {
            QCOMPARE(cell(model, 0, column), cats[column]);
            QCOMPARE(cell(model, 3, column), totals[column]);
            QVERIFY(!model.headerData(column, Qt::Horizontal).toString().isEmpty());
        }
        const auto share = [&](int row) {
            return model.index(row, ClassTableModel::Total).data(ClassTableModel::ShareRole);
        };
        QCOMPARE(share(0).toDouble(), 1.0);
        QCOMPARE(share(1).toDouble(), 0.2);
        QCOMPARE(share(2).toDouble(), 0.0);
        QVERIFY(!share(3).isValid());
        model.setDataset(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void problemsComeGravestFirst()
    {
        ProblemListModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setProblems(someProblems());
        QCOMPARE(cell(model, 0, ProblemListModel::File), "c.jpg");
        QCOMPARE(cell(model, 1, ProblemListModel::File), "d.jpg"); // as found, within a severity
        QCOMPARE(cell(model, 2, ProblemListModel::File), "Data set");
        QCOMPARE(cell(model, 3, ProblemListModel::Message), "the same as b.jpg");
        QCOMPARE(model.countOf(ProblemSeverity::Error), 2);
        QCOMPARE(model.countOf(ProblemSeverity::Info), 1);
        QCOMPARE(model.index(0, 0).data(Qt::AccessibleTextRole).toString(), "Error: c.jpg");
        QCOMPARE(model.index(0, 1).data(Qt::ToolTipRole).toString(), "c.jpg\nthe file is cut short");
        QVERIFY(!model.index(0, 0).data(Qt::DecorationRole).isNull());
    }

    void problemsAreFilteredBySeverityAndText()
    {
        ProblemListModel model;
        ProblemFilter filter;
        filter.setSourceModel(&model);
        const QAbstractItemModelTester tester(&filter, strict);
        model.setProblems(someProblems());
        QCOMPARE(filter.rowCount(), 4);
        filter.setSeverity(ProblemSeverity::Error);
        QCOMPARE(filter.rowCount(), 2);
        filter.setText("CUT");
        QCOMPARE(filter.rowCount(), 1);
        filter.setSeverity(std::nullopt);
        filter.setText("data set");
        QCOMPARE(filter.rowCount(), 1); // found by what is shown for an empty path
        filter.setText("");
        QCOMPARE(filter.rowCount(), 4);
    }

    void layersShowThePublishedTable()
    {
        LayerTableModel model;
        const QAbstractItemModelTester tester(&model, strict);
        fillLayers(model);
        QCOMPARE(model.rowCount(), 21); // the input, 18 layers, two of the head
        QCOMPARE(cell(model, 0, LayerTableModel::OutputColumn), "180×180×3");
        QCOMPARE(cell(model, 18, LayerTableModel::LayerColumn), "block5_pool");
        QCOMPARE(cell(model, 18, LayerTableModel::OutputColumn), "5×5×512");
        const auto parameters = [&](int row) {
            return model.index(row, LayerTableModel::ParametersColumn)
                .data(LayerTableModel::ValueRole)
                .toLongLong();
        };
        QCOMPARE(parameters(1), 1792);
        QCOMPARE(parameters(15), 2359808);
        QCOMPARE(parameters(19), 3277056);
        QCOMPARE(parameters(20), 257);
        qlonglong base = 0;
        for (int row = 0; row <= 18; ++row) {
            base += parameters(row);
        }
        QCOMPARE(base, 14714688);
        QCOMPARE(model.index(0, 0).data(LayerTableModel::BlockRole).toInt(), 0);
        QCOMPARE(model.index(15, 0).data(LayerTableModel::BlockRole).toInt(), 5);
        QCOMPARE(model.index(19, 0).data(LayerTableModel::BlockRole).toInt(), -1);
    }

    void layersAreToggledByTheirOwner()
    {
        LayerTableModel model;
        fillLayers(model);
        constexpr int joint = LayerTableModel::FirstPhaseColumn + 1;
        QSignalSpy toggled(&model, &LayerTableModel::layerToggled);
        QVERIFY(model.setData(model.index(1, joint), int(Qt::Checked), Qt::CheckStateRole));
        QCOMPARE(toggled.count(), 1);
        QCOMPARE(toggled[0], (QVariantList{1, 1, true}));
        QCOMPARE(cell(model, 1, joint), "Frozen"); // until its owner agrees
        std::vector<PhaseColumn> phases = model.phases();
        phases[1].plan.setTrainable(1, true);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setPhases(phases);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(cell(model, 1, joint), "Trains");
        model.setPhases(phases); // nothing new
        QCOMPARE(changed.count(), 1);
    }

    void layersWithoutParametersAndTheHeadCannotBeToggled()
    {
        LayerTableModel model;
        fillLayers(model);
        constexpr int head = LayerTableModel::FirstPhaseColumn;
        QSignalSpy toggled(&model, &LayerTableModel::layerToggled);
        for (const int row : {0, 3, 18, 19}) { // input, pools, dense
            QVERIFY(!(model.flags(model.index(row, head)) & Qt::ItemIsUserCheckable));
            QVERIFY(!model.setData(model.index(row, head), int(Qt::Checked), Qt::CheckStateRole));
            QVERIFY(!model.index(row, head).data(Qt::ToolTipRole).toString().isEmpty());
        }
        QVERIFY(model.flags(model.index(1, head)) & Qt::ItemIsUserCheckable);
        model.setReadOnly(true);
        QVERIFY(!(model.flags(model.index(1, head)) & Qt::ItemIsUserCheckable));
        QVERIFY(!model.index(1, head).data(Qt::CheckStateRole).isValid());
        QCOMPARE(toggled.count(), 0);
    }

    void layersAreReadAloud()
    {
        LayerTableModel model;
        fillLayers(model);
        QCOMPARE(
            model.index(15, LayerTableModel::FirstPhaseColumn + 1).data(Qt::AccessibleTextRole).toString(),
            "block5_conv1, Phase 2: joint: Trains");
        QCOMPARE(multiplyAddsText(1.85e9), "1.85 G");
        QCOMPARE(multiplyAddsText(5.3e6), "5.3 M");
        QCOMPARE(multiplyAddsText(512), "512");
    }

    void runsShowTheirState_data()
    {
        QTest::addColumn<RunState>("state");
        QTest::addColumn<QString>("words");
        QTest::newRow("running") << RunState::Running << "Running";
        QTest::newRow("finished") << RunState::Finished << "Finished";
        QTest::newRow("stopped") << RunState::Stopped << "Stopped";
        QTest::newRow("failed") << RunState::Failed << "Failed";
    }

    void runsShowTheirState()
    {
        QFETCH(RunState, state);
        RunListModel model;
        const QAbstractItemModelTester tester(&model, strict);
        auto listing = std::make_shared<RunListing>();
        listing->runs = {run("one", state)};
        model.setListing(listing);
        QTEST(cell(model, 0, RunListModel::StateColumn), "words");
        const QVariant mark = model.index(0, RunListModel::StateColumn).data(Qt::DecorationRole);
        QVERIFY(!mark.value<QPixmap>().isNull());
    }

    void runsWithoutNumbersSortLast()
    {
        RunListModel model;
        auto listing = std::make_shared<RunListing>();
        listing->runs = {run("tested", RunState::Finished), run("untested", RunState::Stopped)};
        listing->runs[0].record.test = TestResult{"test", {0.2, 0.975, 40}, 2};
        listing->runs[0].record.best = {{1, 3, 0.4, 0.98}, {2, 1, 0.3, 0.95}};
        listing->runs[1].record.name.clear();
        listing->runs[1].record.test = TestResult{"validation", {0.3, 0.95, 20}, 1};
        listing->runs[1].record.error = "a reason";
        listing->broken = {{"/runs/torn", "run.json: not JSON"}};
        model.setListing(listing);
        const auto sort = [&](int row, int column) {
            return model.index(row, column).data(RunListModel::SortRole).toDouble();
        };
        QCOMPARE(cell(model, 0, RunListModel::TestColumn), "98\u00a0%");
        QCOMPARE(cell(model, 0, RunListModel::ValidationColumn), "95.00\u00a0%"); // of the latest phase
        QCOMPARE(cell(model, 1, RunListModel::TestColumn), "–"); // judged on its validation pictures
        QVERIFY(sort(0, RunListModel::TestColumn) > sort(1, RunListModel::TestColumn));
        QCOMPARE(sort(1, RunListModel::TestColumn), sort(2, RunListModel::TestColumn));
        QCOMPARE(cell(model, 1, RunListModel::NameColumn), "untested"); // the folder's
        QCOMPARE(model.index(1, RunListModel::StateColumn).data(Qt::ToolTipRole).toString(), "a reason");
        QCOMPARE(cell(model, 2, RunListModel::StateColumn), "Cannot be read");
        QVERIFY(model.index(2, 0).data(Qt::ToolTipRole).toString().contains("not JSON"));
        QVERIFY(!model.runAt(2) && model.brokenAt(2));
        QCOMPARE(model.rowOf("/runs/torn"), 2);
        QCOMPARE(model.rowOf("/runs/nowhere"), -1);
        QVERIFY(!model.runAt(-1) && !model.brokenAt(3));
        QVERIFY(std::isnan(keptValAccuracy({})));
        listing->runs[0].record.classes = {"cat", "dog", "wren"};
        listing->runs[0].record.test->unmeasured = {"wren"};
        model.setListing(listing);
        QCOMPARE(cell(model, 0, RunListModel::TestColumn), "98\u00a0% over 2 of 3 classes");
        QCOMPARE(cell(model, 0, RunListModel::ValidationColumn), "95.00\u00a0%");
        listing->runs[0].record.counts[1] = {2, 2, 0};
        model.setListing(listing);
        QCOMPARE(cell(model, 0, RunListModel::ValidationColumn), "95\u00a0% over 2 of 3 classes");
    }

    void thumbnailsAreFilteredAndMadeOnDemand()
    {
        const test::TemporaryFolder folder;
        const DatasetPointer dataset = test::makeDataset(folder / "pictures", 6);
        ThumbnailModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setDataset(dataset);
        QCOMPARE(model.rowCount(), 12);
        model.setFilter(1, std::nullopt);
        QCOMPARE(model.rowCount(), 6);
        QCOMPARE(model.sampleAt(0).label, 1);
        model.setFilter(1, Split::Train);
        QCOMPARE(model.rowCount(), int(dataset->countsOf(Split::Train)[1]));
        for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
            model.setFilter(std::nullopt, split);
            QCOMPARE(model.rowCount(), int(dataset->indicesOf(split).size()));
            for (int row = 0; row < model.rowCount(); ++row) {
                QCOMPARE(model.sampleAt(row).split, split);
            }
        }
        model.setFilter(std::nullopt, std::nullopt);
        QCOMPARE(model.rowCount(), 12);
        model.setFilter(1, Split::Train);

        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        const auto picture = [&] {
            return model.index(0).data(Qt::DecorationRole).value<QPixmap>().toImage();
        };
        const QImage placeholder = picture();
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0, test::patienceMs);
        QVERIFY(picture() != placeholder);
        QCOMPARE(picture().width(), ThumbnailModel::side);
        QVERIFY(model.index(0).data(Qt::ToolTipRole).toString().contains("32 × 32"));
        model.setDataset(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void thumbnailsStartAnewWithOtherFiles()
    {
        ThumbnailModel model;
        DatasetIndex index = *smallDataset();
        const auto rowsWith = [&](const DatasetIndex& next) {
            model.setDataset(std::make_shared<const DatasetIndex>(index));
            model.setFilter(1, std::nullopt);
            model.setDataset(std::make_shared<const DatasetIndex>(next));
            return model.rowCount();
        };
        DatasetIndex next = index;
        next.checked = true;
        QCOMPARE(rowsWith(next), 1); // the filter stays, and so do the pictures
        next.samples[2].path = "cats/another.png";
        QCOMPARE(rowsWith(next), 6);
        next = index;
        next.samples[2].byteSize = 7;
        QCOMPARE(rowsWith(next), 6);
        next = index;
        next.source = "/pictures/other.csv";
        QCOMPARE(rowsWith(next), 6);
    }

    void aPictureThatIsGoneKeepsItsPlaceholder()
    {
        ThumbnailModel model;
        model.setDataset(smallDataset()); // no such files
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        const QImage placeholder = model.index(0).data(Qt::DecorationRole).value<QPixmap>().toImage();
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0, test::patienceMs);
        QCOMPARE(model.index(0).data(Qt::DecorationRole).value<QPixmap>().toImage(), placeholder);
        QVERIFY(model.index(0).data(Qt::ToolTipRole).toString().contains("640 × 480"));
        QCOMPARE(model.index(1).data(Qt::ToolTipRole).toString(), "cats/1.png");
    }

    void namesMeanNothingButTheirCharacters()
    {
        const std::string name =
            "<img src=\"/dev/zero\">&\n\x1b[31m\xe2\x80\xae\xe9" + std::string(10'000, 'x');
        DatasetIndex index = *smallDataset();
        index.classes = {name, name, name};
        for (Sample& sample : index.samples) {
            sample.path = name;
        }
        ClassTableModel classes;
        classes.setDataset(std::make_shared<const DatasetIndex>(index));
        ThumbnailModel thumbnails;
        thumbnails.setDataset(std::make_shared<const DatasetIndex>(index));
        ProblemListModel problems;
        problems.setProblems({{name, ProblemCode::Unreadable, ProblemSeverity::Error, name}});
        RunListModel runs;
        auto listing = std::make_shared<RunListing>();
        listing->runs = {run(name, RunState::Failed), run(name, RunState::Running)};
        for (SavedRun& saved : listing->runs) {
            saved.record.error = name;
            saved.record.startedAt = name;
            saved.recipe.name = name;
        }
        listing->runs[1].record.name.clear();
        listing->broken = {{"/runs/" + name, name}};
        runs.setListing(listing);
        for (const QAbstractItemModel* model :
             std::initializer_list<QAbstractItemModel*>{&classes, &thumbnails, &problems, &runs})
        {
            for (int row = 0; row < model->rowCount(); ++row) {
                for (int column = 0; column < model->columnCount(); ++column) {
                    const QModelIndex at = model->index(row, column);
                    const QString tip = at.data(Qt::ToolTipRole).toString();
                    QVERIFY2(!Qt::mightBeRichText(tip), qPrintable(tip));
                    for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole)}) {
                        const QString text = at.data(role).toString();
                        QVERIFY(text.size() < 1000);
                        QVERIFY(!text.contains(QChar(0x1b)) && !text.contains(QChar(0x202e)));
                        QVERIFY(role == Qt::ToolTipRole || !text.contains('\n'));
                        QVERIFY2(!text.contains("<img") || text.contains("\\x1b[31m\\u202e\\xe9"),
                                 qPrintable(text));
                    }
                }
            }
        }
        QVERIFY(cell(classes, 0, ClassTableModel::ClassName).startsWith("<img"));
    }

private:
    static void fillLayers(LayerTableModel& model)
    {
        HeadSpec head;
        head.featureSide = featureSide(180);
        model.setLayers(baseLayers(180), head);
        const Recipe recipe = bookRecipe();
        model.setPhases({{"head", recipe.phases[0].freezePlan()}, {"joint", recipe.phases[1].freezePlan()}});
    }
};

THAW_TEST(TestModels)
#include "test_models.moc"
