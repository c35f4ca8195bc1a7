<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB">
<context>
    <name>EvaluationWords</name>
    <message numerus="yes">
        <source>%n picture(s) tell the accuracy only as %1. Compare models on more pictures before you prefer one.</source>
        <translation>
            <numerusform>%n picture tells the accuracy only as %1. Compare models on more pictures before you prefer one.</numerusform>
            <numerusform>%n pictures tell the accuracy only as %1. Compare models on more pictures before you prefer one.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n class(es) had no picture to be measured by.</source>
        <translation>
            <numerusform>%n class had no picture to be measured by.</numerusform>
            <numerusform>%n classes had no picture to be measured by.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 was measured by %n picture(s) only: its row says little. Add more.</source>
        <translation>
            <numerusform>%1 was measured by %n picture only: its row says little. Add more.</numerusform>
            <numerusform>%1 was measured by %n pictures only: its row says little. Add more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n class(es) were measured by fewer than %1 pictures, %2 by %3: their rows say little. Add more.</source>
        <translation>
            <numerusform>%n class was measured by fewer than %1 pictures, %2 by %3: its row says little. Add more.</numerusform>
            <numerusform>%n classes were measured by fewer than %1 pictures, %2 by %3: their rows say little. Add more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %n picture(s), %2.</source>
        <comment>Test: 500 pictures, never used for choosing</comment>
        <translation>
            <numerusform>%1: %n picture, %2.</numerusform>
            <numerusform>%1: %n pictures, %2.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) could not be read any more and are not counted.</source>
        <translation>
            <numerusform>%n picture could not be read any more and is not counted.</numerusform>
            <numerusform>%n pictures could not be read any more and are not counted.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) of classes that the model does not know are not counted: %1.</source>
        <translation>
            <numerusform>%n picture of a class that the model does not know is not counted: %1.</numerusform>
            <numerusform>%n pictures of classes that the model does not know are not counted: %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RecipeWords</name>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation>
            <numerusform>%n epoch</numerusform>
            <numerusform>%n epochs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SaveSettings</name>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n second</numerusform>
            <numerusform>%n seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrainingWords</name>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other(s)</source>
        <translation>
            <numerusform>%n other</numerusform>
            <numerusform>%n others</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) of the split could not be read any more.</source>
        <translation>
            <numerusform>%n picture of the split could not be read any more.</numerusform>
            <numerusform>%n pictures of the split could not be read any more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) were left out.</source>
        <translation>
            <numerusform>%n picture was left out.</numerusform>
            <numerusform>%n pictures were left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n step(s) an epoch.</source>
        <translation>
            <numerusform>%n step an epoch.</numerusform>
            <numerusform>%n steps an epoch.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Test accuracy %1, loss %2 on %n picture(s).</source>
        <translation>
            <numerusform>Test accuracy %1, loss %2 on %n picture.</numerusform>
            <numerusform>Test accuracy %1, loss %2 on %n pictures.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Validation accuracy %1, loss %2 on %n picture(s); there is no test split.</source>
        <translation>
            <numerusform>Validation accuracy %1, loss %2 on %n picture; there is no test split.</numerusform>
            <numerusform>Validation accuracy %1, loss %2 on %n pictures; there is no test split.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::AnswerGallery</name>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::AnswerList</name>
    <message numerus="yes">
        <source>%1 of %Ln picture(s)</source>
        <translation>
            <numerusform>%1 of %Ln picture</numerusform>
            <numerusform>%1 of %Ln pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::ConfusionMatrix</name>
    <message numerus="yes">
        <source>%1 answered rightly: %n picture(s)</source>
        <translation>
            <numerusform>%1 answered rightly: %n picture</numerusform>
            <numerusform>%1 answered rightly: %n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 taken for %2: %n picture(s)</source>
        <translation>
            <numerusform>%1 taken for %2: %n picture</numerusform>
            <numerusform>%1 taken for %2: %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::DatasetPage</name>
    <message numerus="yes">
        <source>%Ln class(es)</source>
        <translation>
            <numerusform>%Ln class</numerusform>
            <numerusform>%Ln classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln left out</source>
        <translation>
            <numerusform>%Ln left out</numerusform>
            <numerusform>%Ln left out</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::LayerStripButton</name>
    <message numerus="yes">
        <source>%n output(s)</source>
        <translation>
            <numerusform>%n output</numerusform>
            <numerusform>%n outputs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Block %1: %n convolution(s), %2 parameters.</source>
        <translation>
            <numerusform>Block %1: %n convolution, %2 parameters.</numerusform>
            <numerusform>Block %1: %n convolutions, %2 parameters.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::PhaseTable</name>
    <message numerus="yes">
        <source>head + %n layer(s)</source>
        <translation>
            <numerusform>head + %n layer</numerusform>
            <numerusform>head + %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>head + last %n layer(s)</source>
        <translation>
            <numerusform>head + last %n layer</numerusform>
            <numerusform>head + last %n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::ProblemList</name>
    <message numerus="yes">
        <source>%Ln error(s)</source>
        <translation>
            <numerusform>%Ln error</numerusform>
            <numerusform>%Ln errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln note(s)</source>
        <translation>
            <numerusform>%Ln note</numerusform>
            <numerusform>%Ln notes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln warning(s)</source>
        <translation>
            <numerusform>%Ln warning</numerusform>
            <numerusform>%Ln warnings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::RunReview</name>
    <message numerus="yes">
        <source>%Ln more</source>
        <translation>
            <numerusform>%Ln more</numerusform>
            <numerusform>%Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s), learning rate %1, trains %2</source>
        <translation>
            <numerusform>%n epoch, learning rate %1, trains %2</numerusform>
            <numerusform>%n epochs, learning rate %1, trains %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Loss %1 on %n picture(s), with the best weights of phase %2.</source>
        <translation>
            <numerusform>Loss %1 on %n picture, with the best weights of phase %2.</numerusform>
            <numerusform>Loss %1 on %n pictures, with the best weights of phase %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::ThumbnailGrid</name>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::TryPage</name>
    <message numerus="yes">
        <source>%Ln picture(s) copied into folders in %1.</source>
        <translation>
            <numerusform>%Ln picture copied into folders in %1.</numerusform>
            <numerusform>%Ln pictures copied into folders in %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) have no answer yet.</source>
        <translation>
            <numerusform>%Ln picture has no answer yet.</numerusform>
            <numerusform>%Ln pictures have no answer yet.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Copying %Ln picture(s)</source>
        <translation>
            <numerusform>Copying %Ln picture</numerusform>
            <numerusform>Copying %Ln pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Looking at %Ln picture(s)</source>
        <translation>
            <numerusform>Looking at %Ln picture</numerusform>
            <numerusform>Looking at %Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>thaw::ui::WarningLines</name>
    <message numerus="yes">
        <source>… and %Ln more</source>
        <translation>
            <numerusform>… and %Ln more</numerusform>
            <numerusform>… and %Ln more</numerusform>
        </translation>
    </message>
</context>
</TS>
