using CsCheck;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Tests.Backend.Alerting.Wording;

public sealed class PlainLineTests
{
    [Theory]
    [InlineData("a\r\nBcc: x", "a\uFFFD\uFFFDBcc: x")]
    [InlineData("a\u2028b\u0085c\0d\u001B[2J", "a\uFFFDb\uFFFDc\uFFFDd\uFFFD[2J")]
    [InlineData("\u202Elimit", "\uFFFDlimit")]
    [InlineData("排放口 µg/m³ 😀", "排放口 µg/m³ 😀")]
    public void Text_becomes_one_line_that_shows_what_it_holds(string text, string line) => Assert.Equal(line, PlainLine.Of(text));

    [Fact]
    public void Half_of_a_character_is_none() => Assert.Equal("half \uFFFD", PlainLine.Of("half \uD83D"));

    [Fact]
    public void No_text_is_longer_than_it_may_be_or_breaks_a_line() => Gen.Select(Gen.String, Gen.Int[1, 40]).Sample((text, most) =>
    {
        var line = PlainLine.Of(text, most);
        Assert.True(line.Length <= most);
        Assert.DoesNotContain(line, character => char.IsControl(character) || character is '\u2028' or '\u2029');
        Assert.Equal(PlainLine.Of(text).Length <= most && text.Length <= most, line == PlainLine.Of(text));
    });
}
