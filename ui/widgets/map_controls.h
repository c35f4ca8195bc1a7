#pragma once

#include "core/explain/explanation.h"

#include <QWidget>

#include <optional>
#include <utility>
#include <vector>

class QComboBox;
class QLabel;
class QSlider;

namespace thaw::ui {

/// Whether a map of what speaks for a class lies over the picture, how it is made, for which class, and how
/// opaque it is.
class MapControls : public QWidget
{
    Q_OBJECT

public:
    explicit MapControls(QWidget* parent = nullptr);

    /// Nothing: no map is wanted.
    std::optional<ExplainMethod> method() const;
    int label() const; ///< of the class explained; −1 without one
    double opacity() const;
    /// The likeliest first, which is chosen.
    void setClasses(const std::vector<std::pair<QString, int>>& classes);
    void showWords(const QString& text); ///< about the map

Q_SIGNALS:
    void changed();

private:
    void showState();

    QComboBox* m_method;
    QComboBox* m_class;
    QSlider* m_opacity;
    QLabel* m_words;
};

} // namespace thaw::ui
