#include "ui/text/number_input.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <cmath>

namespace thaw::ui {

namespace {

/// Longer than any number that a person types, or a field shows.
constexpr qsizetype longestNumber = 400;

struct NumberWords
{
    Q_DECLARE_TR_FUNCTIONS(thaw::ui::NumberInput)
};

QString withoutControls(const QString& text)
{
    QString plain;
    for (const char32_t letter : text.toUcs4()) {
        const QChar::Category category = QChar::category(letter);
        if (category != QChar::Other_Control && category != QChar::Other_Format) {
            plain += QString::fromUcs4(&letter, 1);
        }
    }
    return plain;
}

/// In ASCII: "-1.5e-3". What has no place in a number stays as it is.
QString normalised(const QString& typed, const QLocale& locale)
{
    QString text = withoutControls(typed).trimmed();
    const std::pair<QString, QString> signs[] = {
        {locale.exponential(), "e"},   {locale.negativeSign(), "-"}, {locale.positiveSign(), "+"},
        {QString(QChar(0x2212)), "-"}, {locale.decimalPoint(), "."}, {",", "."},
    };
    for (const auto& [sign, plain] : signs) {
        const QString bare = withoutControls(sign);
        if (!bare.isEmpty()) {
            text.replace(bare, plain, Qt::CaseInsensitive);
        }
    }
    QString ascii;
    for (const char32_t letter : text.toUcs4()) {
        if (QChar::category(letter) == QChar::Number_DecimalDigit) {
            ascii += QChar('0' + QChar::digitValue(letter));
        } else {
            ascii += QString::fromUcs4(&letter, 1);
        }
    }
    return ascii;
}

QString excerpt(const QString& typed)
{
    constexpr qsizetype longest = 24;
    const QString plain = withoutControls(typed.left(longestNumber)).simplified();
    return plain.size() > longest ? plain.left(longest) + QChar(0x2026) : plain;
}

/// The number of a text that has the form of one; none where it is beyond what a double holds.
std::optional<double> parsed(const QString& number, bool isWhole)
{
    bool isRead = false;
    if (isWhole) {
        const qlonglong value = number.toLongLong(&isRead);
        return isRead && std::abs(double(value)) <= double(maxSeed) ? std::optional(double(value))
                                                                    : std::nullopt;
    }
    const double value = number.toDouble(&isRead);
    return isRead && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

} // namespace

NumberReading readNumber(const QString& typed, const NumberRange& range, const QLocale& locale)
{
    const QString rule = rangeText(range, locale);
    const QString text = typed.size() > longestNumber ? QString("?") : normalised(typed, locale);
    if (text.isEmpty()) {
        return {{}, NumberWords::tr("A number is missing here. It must be %1.").arg(rule)};
    }
    static const QRegularExpression whole("^[+-]?[0-9]+$");
    static const QRegularExpression decimal("^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?$",
                                            QRegularExpression::CaseInsensitiveOption);
    if (!(range.isWhole ? whole : decimal).match(text).hasMatch()) {
        // Digits and separators, which somebody meant for something.
        static const QRegularExpression grouped("^[+-]?[0-9][0-9.' \u00a0\u202f\u2019\u066c]*$");
        if (!grouped.match(text).hasMatch()) {
            return {{}, NumberWords::tr("“%1” is not a number. It must be %2.").arg(excerpt(typed), rule)};
        }
        return {{},
                range.isWhole
                    ? NumberWords::tr("“%1” is not taken: a whole number is written with digits alone. It "
                                      "must be %2.")
                          .arg(excerpt(typed), rule)
                    : NumberWords::tr("“%1” is not taken: one . or , stands before the decimals, and nothing "
                                      "between other digits. It must be %2.")
                          .arg(excerpt(typed), rule)};
    }
    const std::optional<double> value = parsed(text, range.isWhole);
    if (!value || !range.contains(*value)) {
        return {{}, NumberWords::tr("“%1” is not taken: it must be %2.").arg(excerpt(typed), rule)};
    }
    return {*value + 0.0, {}}; // no −0
}

QString numberFieldText(double value, const NumberRange& range, const QLocale& locale)
{
    constexpr int digits = 15;
    QLocale plain = locale;
    plain.setNumberOptions(QLocale::OmitGroupSeparator);
    return range.isWhole ? plain.toString(qlonglong(value)) : plain.toString(value, 'g', digits);
}

QString rangeText(const NumberRange& range, const QLocale& locale)
{
    const QString low = numberFieldText(range.low, range, locale);
    if (std::isinf(range.high)) {
        return range.hasLow ? NumberWords::tr("at least %1").arg(low) : NumberWords::tr("above %1").arg(low);
    }
    const QString high = numberFieldText(range.high, range, locale);
    if (range.hasLow) {
        return range.hasHigh ? NumberWords::tr("between %1 and %2").arg(low, high)
                             : NumberWords::tr("at least %1 and below %2").arg(low, high);
    }
    return range.hasHigh ? NumberWords::tr("above %1 and at most %2").arg(low, high)
                         : NumberWords::tr("above %1 and below %2").arg(low, high);
}

} // namespace thaw::ui
