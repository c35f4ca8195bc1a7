#include "ui/pages/augmentation_page.h"

#include "ui/text/augmentation_words.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/number_slider.h"
#include "ui/widgets/preview_grid.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <iterator>
#include <string>

namespace thaw::ui {

namespace {

constexpr FillMode fillModes[]{FillMode::Reflect, FillMode::Constant, FillMode::Nearest, FillMode::Wrap};

std::string fieldOf(const AugmentationOperation& operation)
{
    return "augmentation." + std::string(operation.name);
}

} // namespace

AugmentationPage::AugmentationPage(Session* session, QWidget* parent) : QWidget(parent), m_session(session)
{
    setObjectName("augmentationPage");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::page);
    layout->setSpacing(spacing::wide);
    layout->addWidget(makeHeading(tr("Augmentation"), this));
    layout->addWidget(makeMuted(tr("Each epoch shows every training picture a little differently, so that "
                                   "the network does not learn them by "
                                   "heart. Pictures for validation and test are never varied."),
                                this));
    auto* columns = new QHBoxLayout;
    columns->setSpacing(spacing::wide);
    columns->addWidget(buildControls());
    columns->addWidget(buildPreviews(), 1);
    layout->addLayout(columns, 1);

    connect(session, &Session::recipeChanged, this, &AugmentationPage::showRecipe);
    connect(session, &Session::datasetChanged, this, &AugmentationPage::showDataset);
    connect(&m_job, &PreviewJob::pictureMade, m_grid, &PreviewGrid::setPicture);
    connect(&m_job, &PreviewJob::previewDone, this, [this] {
        m_banner->hide();
        Q_EMIT previewReady();
    });
    connect(&m_job, &JobThread::failed, this, [this](const ErrorReport& error) {
        m_grid->clear();
        m_choose->hide();
        m_banner->showError(error);
    });
    showRecipe();
    showDataset();
}

AugmentationPage::~AugmentationPage() = default;

QWidget* AugmentationPage::buildControls()
{
    auto* card = makeCard(this);
    card->setFixedWidth(368);
    auto* outer = new QVBoxLayout(card);
    outer->setContentsMargins(spacing::wide, spacing::normal, spacing::wide, spacing::wide);
    outer->setSpacing(spacing::normal);
    auto* scroll = new QScrollArea(card);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* inside = new QWidget;
    auto* layout = new QVBoxLayout(inside);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::small);
    layout->addWidget(makeSectionTitle(tr("Shape"), inside));
    addSliders(layout, AugmentationGroup::Shape);
    addFill(layout);
    layout->addSpacing(spacing::normal);
    layout->addWidget(makeSectionTitle(tr("Colour"), inside));
    addSliders(layout, AugmentationGroup::Colour);
    layout->addStretch(1);
    scroll->setWidget(inside);
    outer->addWidget(scroll, 1);
    addSeed(outer);
    auto* reset = new QPushButton(tr("Reset to the &book's values"), card);
    setNames(reset, "resetAugmentationButton", tr("Reset to the book's values"));
    connect(reset, &QPushButton::clicked, this, &AugmentationPage::resetToBook);
    outer->addWidget(reset);
    return card;
}

void AugmentationPage::addSliders(QVBoxLayout* layout, AugmentationGroup group)
{
    for (const AugmentationOperation& operation : augmentationOperations()) {
        if (operation.group != group) {
            continue;
        }
        const AugmentationWords words = augmentationWords(operation);
        NumberRange range = rangeOf(fieldOf(operation));
        range.low *= words.scale;
        range.high *= words.scale;
        auto* slider = new NumberSlider(operation.name, words.title, words.explanation, range, 1, words.unit,
                                        layout->parentWidget());
        layout->addWidget(slider);
        m_controls.push_back({&operation, slider, words.scale});
        connect(slider, &NumberSlider::editEnded, m_session, &Session::endEdit);
        connect(slider, &NumberSlider::valueEdited, this,
                [this, &operation, words](double value) { edit(operation, value / words.scale); });
    }
}

void AugmentationPage::addFill(QVBoxLayout* layout)
{
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("Beyond the edges"), layout->parentWidget());
    m_fill = new QComboBox(layout->parentWidget());
    setNames(m_fill, "augmentationFill", tr("Beyond the edges"));
    m_fill->setToolTip(tr("What a picture that is moved or turned shows where it ends."));
    for (const FillMode fill : fillModes) {
        m_fill->addItem(fillModeText(fill));
    }
    label->setBuddy(m_fill);
    row->addWidget(label);
    row->addStretch(1);
    row->addWidget(m_fill);
    layout->addLayout(row);
    connect(m_fill, &QComboBox::currentIndexChanged, this, &AugmentationPage::editFill);
}

void AugmentationPage::addSeed(QVBoxLayout* layout)
{
    QWidget* card = layout->parentWidget();
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("&Seed"), card);
    m_seed = new NumberBox(rangeOf("seed"), card);
    setNames(m_seed, "augmentationSeed", tr("Seed"));
    m_seed->setFixedWidth(148);
    m_seed->setAlignment(Qt::AlignRight);
    m_seed->setExplanation(tr("Another seed gives other variations and another order of training."));
    label->setBuddy(m_seed);
    row->addWidget(label);
    row->addStretch(1);
    row->addWidget(m_seed);
    layout->addLayout(row);
    auto* issue = new IssueLabel("issue.augmentationSeed", card);
    issue->follow(m_seed);
    layout->addWidget(issue);
    connect(m_seed, &NumberBox::valueChanged, this, &AugmentationPage::editSeed);
    connect(m_seed, &NumberBox::editingFinished, m_session, &Session::endEdit);
}

QWidget* AugmentationPage::buildPreviews()
{
    auto* card = makeCard(this);
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(spacing::wide, spacing::normal + spacing::small, spacing::wide, spacing::wide);
    layout->setSpacing(spacing::normal);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    row->addWidget(makeSectionTitle(tr("What training sees"), card));
    m_caption = makeMuted({}, card);
    m_caption->setObjectName("previewCaption");
    letShrink(m_caption);
    row->addWidget(m_caption, 1);
    m_previous = new QPushButton(card);
    setNames(m_previous, "previousPictureButton", tr("Previous picture"));
    m_next = new QPushButton(card);
    setNames(m_next, "nextPictureButton", tr("Next picture"));
    for (QPushButton* button : {m_previous, m_next}) {
        button->setToolTip(button->accessibleName());
        button->setText(button == m_previous ? tr("‹") : tr("›"));
        row->addWidget(button);
    }
    layout->addLayout(row);
    m_banner = new MessageBanner(card);
    m_banner->setCloseable(false);
    m_choose = m_banner->addButton(tr("&Choose a data set"), "augmentationChooseDataset");
    connect(m_choose, &QPushButton::clicked, this, [this] { m_session->requestPage(Page::Dataset); });
    layout->addWidget(m_banner);
    m_grid = new PreviewGrid(card);
    layout->addWidget(m_grid, 1);
    layout->addStretch(0); // keeps the banner at the top while the grid is hidden
    connect(m_previous, &QPushButton::clicked, this, &AugmentationPage::showPreviousPicture);
    connect(m_next, &QPushButton::clicked, this, &AugmentationPage::showNextPicture);
    return card;
}

// The other fields keep their values to the last digit: their controls show them rounded.
void AugmentationPage::edit(const AugmentationOperation& operation, double strength)
{
    AugmentationSpec spec = m_session->recipe().augmentation;
    spec.*operation.strength = strength;
    m_session->setAugmentation(spec, QString::fromStdString(fieldOf(operation)));
}

void AugmentationPage::editFill(int index)
{
    AugmentationSpec spec = m_session->recipe().augmentation;
    spec.fill = fillModes[index];
    m_session->endEdit();
    m_session->setAugmentation(spec);
}

void AugmentationPage::editSeed(double seed)
{
    m_session->editRecipe(
        tr("change the seed"), [seed](Recipe& recipe) { recipe.seed = static_cast<std::uint64_t>(seed); },
        "seed");
}

void AugmentationPage::resetToBook()
{
    const AugmentationSpec book = bookRecipe().augmentation;
    AugmentationSpec spec = m_session->recipe().augmentation;
    for (const AugmentationOperation& operation : augmentationOperations()) {
        spec.*operation.strength = book.*operation.strength;
    }
    spec.fill = book.fill;
    m_session->endEdit();
    m_session->setAugmentation(spec);
}

void AugmentationPage::showNextPicture()
{
    step(1);
}

void AugmentationPage::showPreviousPicture()
{
    step(-1);
}

void AugmentationPage::step(int by)
{
    if (!m_pictures.empty()) {
        const int count = static_cast<int>(m_pictures.size());
        m_position = (m_position + by + count) % count;
        requestPreview();
    }
}

void AugmentationPage::showRecipe()
{
    const Recipe& recipe = m_session->recipe();
    for (const Control& control : m_controls) {
        control.slider->setValue(recipe.augmentation.*control.operation->strength * control.scale);
    }
    const QSignalBlocker blocker(m_fill);
    m_fill->setCurrentIndex(
        static_cast<int>(std::ranges::find(fillModes, recipe.augmentation.fill) - std::begin(fillModes)));
    m_seed->showValue(static_cast<double>(recipe.seed));
    requestPreview();
}

void AugmentationPage::showDataset()
{
    const DatasetPointer& dataset = m_session->dataset();
    m_pictures = dataset ? dataset->indicesOf(Split::Train) : std::vector<std::size_t>{};
    m_position = m_position < static_cast<int>(m_pictures.size()) ? m_position : 0;
    m_grid->setVisible(!m_pictures.empty());
    m_previous->setEnabled(m_pictures.size() > 1);
    m_next->setEnabled(m_pictures.size() > 1);
    if (m_pictures.empty()) {
        m_caption->clear();
        m_choose->show();
        m_banner->showMessage(MessageBanner::Kind::Info, tr("No training pictures yet"),
                              tr("Open a data set, and one of its training pictures is varied here."));
    } else {
        m_banner->hide();
    }
    requestPreview();
}

void AugmentationPage::requestPreview()
{
    m_stale = !isVisible();
    if (m_pictures.empty() || m_stale) {
        return;
    }
    const DatasetIndex& dataset = *m_session->dataset();
    const Sample& sample = dataset.samples[m_pictures[static_cast<std::size_t>(m_position)]];
    const Recipe& recipe = m_session->recipe();
    m_caption->setText(plainLine(sample.path));
    // Those that the recipe has: nothing is trained after its last epoch.
    const int epochs = std::min(recipe.epochs(), PreviewGrid::columns * PreviewGrid::rows - 1);
    m_grid->setEpochs(epochs);
    m_job.request({dataset.pathOf(sample), recipe.transform(), recipe.augmentation, recipe.seed, epochs});
}

void AugmentationPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale) {
        requestPreview();
    }
}

} // namespace thaw::ui
