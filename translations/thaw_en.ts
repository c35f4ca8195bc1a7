<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB">
<context>
    <name>DatasetPage</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n class(es)</source>
        <translation>
            <numerusform>%n class</numerusform>
            <numerusform>%n classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n left out</numerusform>
            <numerusform>%n left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerStripButton</name>
    <message numerus="yes">
        <source>Block %1: %n convolution(s), %2 parameters.</source>
        <translation>
            <numerusform>Block %1: %n convolution, %2 parameters.</numerusform>
            <numerusform>Block %1: %n convolutions, %2 parameters.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n output(s)</source>
        <translation>
            <numerusform>%n output</numerusform>
            <numerusform>%n outputs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ProblemList</name>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n warning(s)</source>
        <translation>
            <numerusform>%n warning</numerusform>
            <numerusform>%n warnings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n note(s)</source>
        <translation>
            <numerusform>%n note</numerusform>
            <numerusform>%n notes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RecipeForm</name>
    <message numerus="yes">
        <source>head + last %n layer(s)</source>
        <translation>
            <numerusform>head + last %n layer</numerusform>
            <numerusform>head + last %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>head + %n layer(s)</source>
        <translation>
            <numerusform>head + %n layer</numerusform>
            <numerusform>head + %n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunReview</name>
    <message numerus="yes">
        <source>Loss %1 on %n picture(s), with the best weights of phase %2.</source>
        <translation>
            <numerusform>Loss %1 on %n picture, with the best weights of phase %2.</numerusform>
            <numerusform>Loss %1 on %n pictures, with the best weights of phase %2.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s), learning rate %1, trains %2</source>
        <translation>
            <numerusform>%n epoch, learning rate %1, trains %2</numerusform>
            <numerusform>%n epochs, learning rate %1, trains %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ThumbnailGrid</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrainingPage</name>
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
    <message numerus="yes">
        <source>%n step(s) an epoch.</source>
        <translation>
            <numerusform>%n step an epoch.</numerusform>
            <numerusform>%n steps an epoch.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) were left out.</source>
        <translation>
            <numerusform>%n picture was left out.</numerusform>
            <numerusform>%n pictures were left out.</numerusform>
        </translation>
    </message>
</context>
</TS>
