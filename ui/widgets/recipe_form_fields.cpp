#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/recipe_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>

// The form's fields, but for the phases: how each is made and what it changes.
namespace thaw::ui {

void RecipeForm::addField(QFormLayout* form, const QString& label, QWidget* field, const char* objectName,
                          const QString& path)
{
    setNames(field, objectName, QString(label).remove('&'));
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(this);
    if (label.isEmpty()) {
        form->addRow(field);
    } else {
        form->addRow(label, field);
    }
    auto* issue = new IssueLabel(QStringLiteral("issue.%1").arg(path), this);
    form->addRow(issue);
    m_issueLabels.insert(path, issue);
}

NumberBox* RecipeForm::addNumber(QFormLayout* form, const QString& label, const char* objectName,
                                 const QString& path)
{
    auto* box = new NumberBox(rangeOf(path.toStdString()), this);
    addField(form, label, box, objectName, path);
    m_issueLabels.value(path)->follow(box);
    connect(box, &NumberBox::editingFinished, this, &RecipeForm::editEnded);
    connect(box, &NumberBox::refusalChanged, this, &RecipeForm::refusalChanged);
    m_numbers << box;
    return box;
}

void RecipeForm::buildBasics(QFormLayout* form)
{
    m_recipe = new QComboBox(this);
    m_recipe->addItem(tr("Quick: a first result"), "quick");
    m_recipe->addItem(tr("Book: the full recipe"), "book");
    m_recipe->addItem(tr("Fast: its length, on stored views"), "fast");
    m_recipe->addItem(tr("Best: the highest accuracy"), "best");
    m_recipe->addItem(tr("Your own settings"), ownSettings);
    m_recipe->addItem(tr("From a file…"), fromFile);
    addField(form, tr("&Recipe"), m_recipe, "recipePreset", "name");
    connect(m_recipe, &QComboBox::activated, this, &RecipeForm::chooseRecipe);

    m_weights = new QComboBox(this);
    letShrink(m_weights);
    addField(form, tr("Starti&ng weights"), m_weights, "recipeWeights", "weights");
    connect(m_weights, &QComboBox::activated, this, &RecipeForm::chooseWeights);

    m_inputSize = addNumber(form, tr("&Input size"), "recipeInputSize", "input_size");
    m_inputSize->setUnit(tr("px"));
    connect(m_inputSize, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.inputSize = int(value);
        change(tr("change the input size"), "input_size");
    });

    m_batchSize = addNumber(form, tr("&Batch size"), "recipeBatchSize", "batch_size");
    connect(m_batchSize, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.batchSize = int(value);
        change(tr("change the batch size"), "batch_size");
    });

    m_head = new QComboBox(this);
    for (const HeadKind kind : headKinds) {
        m_head->addItem(headText(kind), nameOf(kind));
    }
    addField(form, tr("He&ad"), m_head, "recipeHead", "head");
    connect(m_head, &QComboBox::activated, this, [this] {
        m_draft.head =
            headKindFromName(m_head->currentData().toString().toStdString()).value_or(HeadKind::Book);
        change(tr("change the head"), {});
    });
}

QComboBox* RecipeForm::makePrecisionBox(Precision Recipe::*field)
{
    auto* box = new QComboBox(this);
    box->addItem(tr("Automatic"), nameOf(Precision::Auto));
    box->addItem(tr("32-bit (exact)"), nameOf(Precision::Float32));
    box->addItem(tr("bfloat16"), nameOf(Precision::Bfloat16));
    box->addItem(tr("float16 (NVIDIA)"), nameOf(Precision::Float16));
    connect(box, &QComboBox::activated, this, [this, box, field] {
        m_draft.*field =
            precisionFromName(box->currentData().toString().toStdString()).value_or(Precision::Auto);
        change(tr("change the precision"), {});
    });
    return box;
}

void RecipeForm::buildAdvanced(QFormLayout* form)
{
    constexpr double shareStep = 0.05;
    m_dropout = addNumber(form, tr("Dropout"), "recipeDropout", "dropout");
    m_dropout->setStep(shareStep);
    connect(m_dropout, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.dropout = value;
        change(tr("change the dropout"), "dropout");
    });

    m_outputInitializer = new QComboBox(this);
    for (const auto initializer : {OutputInitializer::GlorotUniform, OutputInitializer::Zeros}) {
        m_outputInitializer->addItem(outputInitializerText(initializer), nameOf(initializer));
    }
    m_outputInitializer->addItem(headOfFileText(), headOfFile);
    m_outputInitializer->setToolTip(tr("Where the head's last layer begins; or the whole head, as Thaw "
                                       "trained it before for the same classes."));
    addField(form, tr("Head starts"), m_outputInitializer, "recipeOutputInitializer", "output_initializer");
    m_issueLabels.insert("with_head", m_issueLabels.value("output_initializer"));
    connect(m_outputInitializer, &QComboBox::activated, this, [this](int index) {
        const QString value = m_outputInitializer->itemData(index).toString();
        m_draft.withHead = value == headOfFile;
        if (!m_draft.withHead) {
            m_draft.outputInitializer = value == nameOf(OutputInitializer::Zeros)
                                            ? OutputInitializer::Zeros
                                            : OutputInitializer::GlorotUniform;
        }
        change(tr("change where the head starts"), "output_initializer");
    });

    m_precision = makePrecisionBox(&Recipe::precision);
    m_precision->setToolTip(tr("Arithmetic of the frozen layers."));
    addField(form, tr("Precision"), m_precision, "recipePrecision", "precision");
    m_trainedPrecision = makePrecisionBox(&Recipe::trainedPrecision);
    m_trainedPrecision->setToolTip(
        tr("Arithmetic of the base's layers that train. Their weights and the head stay in 32 bits."));
    addField(form, tr("Where it trains"), m_trainedPrecision, "recipeTrainedPrecision", "trained_precision");

    m_device = new QComboBox(this);
    letShrink(m_device);
    addField(form, tr("Device"), m_device, "recipeDevice", "device");
    connect(m_device, &QComboBox::activated, this, [this] {
        m_draft.device = m_device->currentData().toString().toStdString();
        change(tr("change the device"), {});
    });

    m_seed = addNumber(form, tr("Random seed"), "recipeSeed", "seed");
    m_seed->setExplanation(tr("The same seed, settings and pictures give the same run."));
    connect(m_seed, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.seed = std::uint64_t(value);
        change(tr("change the seed"), "seed");
    });

    m_resize = new QComboBox(this);
    m_resize->addItem(tr("Stretch"), nameOf(ResizeRule::Stretch));
    m_resize->addItem(tr("Centre crop"), nameOf(ResizeRule::CenterCrop));
    m_resize->addItem(tr("Letterbox"), nameOf(ResizeRule::Letterbox));
    m_resize->addItem(tr("Stretch, antialiased"), nameOf(ResizeRule::Antialiased));
    addField(form, tr("Resize by"), m_resize, "recipeResize", "resize");
    connect(m_resize, &QComboBox::activated, this, [this] {
        m_draft.resize = resizeRuleFromName(m_resize->currentData().toString().toStdString())
                             .value_or(ResizeRule::Stretch);
        change(tr("change the resize rule"), {});
    });

    m_dctMethod = new QComboBox(this);
    for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
        m_dctMethod->addItem(dctMethodText(method), nameOf(method));
    }
    m_dctMethod->setToolTip(
        tr("TensorFlow, and so Keras, decodes JPEGs by the fast method. Most other programs, "
           "and those that run an exported model, use the accurate one."));
    addField(form, tr("JPEG decoding"), m_dctMethod, "recipeDctMethod", "dct_method");
    connect(m_dctMethod, &QComboBox::activated, this, [this] {
        m_draft.dctMethod = dctMethodFromName(m_dctMethod->currentData().toString().toStdString())
                                .value_or(DctMethod::Accurate);
        change(tr("change JPEG decoding"), {});
    });

    m_validationShare = addNumber(form, tr("Validation share"), "recipeValidationShare", "split.validation");
    connect(m_validationShare, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.split.validation = value;
        change(tr("change the validation share"), "split.validation");
    });
    m_testShare = addNumber(form, tr("Test share"), "recipeTestShare", "split.test");
    connect(m_testShare, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.split.test = value;
        change(tr("change the test share"), "split.test");
    });
    for (NumberBox* box : {m_validationShare, m_testShare}) {
        box->setStep(shareStep);
        box->setExplanation(tr("Of pictures that the data set does not assign itself."));
    }

    m_exif = new QCheckBox(tr("Turn photographs upright"), this);
    addField(form, {}, m_exif, "recipeExif", "exif");
    m_exif->setAccessibleName(m_exif->text());
    connect(m_exif, &QCheckBox::clicked, this, [this](bool on) {
        m_draft.exif = on;
        change(tr("change turning upright"), {});
    });
    m_keepValidation = new QCheckBox(tr("Keep validation features"), this);
    addField(form, {}, m_keepValidation, "recipeKeepValidation", "keep_validation_features");
    m_keepValidation->setAccessibleName(m_keepValidation->text());
    m_keepValidation->setToolTip(
        tr("Compute what frozen layers make of validation pictures once, not every epoch."));
    connect(m_keepValidation, &QCheckBox::clicked, this, [this](bool on) {
        m_draft.keepValidationFeatures = on;
        change(tr("change keeping validation features"), {});
    });

    m_views = addNumber(form, tr("Stored views"), "recipeViews", "augmentation.views");
    m_views->setLowestText(tr("New ones every epoch"));
    m_views->setExplanation(tr("How many variations of each picture are computed once and stored. "
                               "Later epochs then take seconds; more of them learn better."));
    connect(m_views, &NumberBox::valueChanged, this, [this](double value) {
        m_draft.augmentation.views = int(value);
        change(tr("change the stored views"), "augmentation.views");
    });
}

} // namespace thaw::ui
