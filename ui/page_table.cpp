#include "ui/page_table.h"

#include "ui/pages/augmentation_page.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/evaluation_page.h"
#include "ui/pages/layers_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/pages/try_page.h"

#include <QCoreApplication>

#include <algorithm>

namespace thaw::ui {

namespace {

template <class Widget>
QWidget* make(Session* session, QWidget* parent)
{
    return new Widget(session, parent);
}

constexpr PageRow rows[] = {
    {Page::Dataset, "dataset", QT_TRANSLATE_NOOP("Pages", "&Data set"), make<DatasetPage>},
    {Page::Augmentation, "augmentation", QT_TRANSLATE_NOOP("Pages", "&Augmentation"), make<AugmentationPage>},
    {Page::Layers, "layers", QT_TRANSLATE_NOOP("Pages", "&Layers"), make<LayersPage>},
    {Page::Training, "training", QT_TRANSLATE_NOOP("Pages", "&Training"), make<TrainingPage>},
    {Page::Runs, "runs", QT_TRANSLATE_NOOP("Pages", "&Runs"), make<RunsPage>},
    {Page::Evaluation, "evaluation", QT_TRANSLATE_NOOP("Pages", "&Evaluation"), make<EvaluationPage>},
    {Page::TryIt, "try", QT_TRANSLATE_NOOP("Pages", "Try &it"), make<TryPage>},
};

} // namespace

std::span<const PageRow> pageTable()
{
    return rows;
}

QString pageTitle(const PageRow& row)
{
    return QCoreApplication::translate("Pages", row.title);
}

std::optional<Page> pageFromName(const QString& name)
{
    const auto* found = std::find_if(std::begin(rows), std::end(rows),
                                     [&](const PageRow& row) { return name == QLatin1String(row.name); });
    return found == std::end(rows) ? std::nullopt : std::optional(found->page);
}

} // namespace thaw::ui
