using System.Text;
using CsCheck;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Wording;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Backend.Notification.Wording;

public sealed class MessageTextTests
{
    private const string Folder = "tests/PondSentinel.Tests/Backend/Notification/Wording/Texts";
    private static readonly Voice China = new([Language.Chinese, Language.English], TimeSpan.FromHours(8));

    public static TheoryData<string> Kinds => [.. SampleMessages.All.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_says_why_it_comes_in_both_languages(string name)
    {
        var texts = MessageText.Of(SampleMessages.All[name], China);

        Assert.Equal(
            File.ReadAllText(Checkout.Absolute($"{Folder}/{name}.txt")),
            string.Join('\n', texts.SelectMany(text => (string[])[$"== {text.Subject}", .. text.Lines, ""])));
    }

    [Fact]
    public void Most_urgent_alarm_that_still_holds_comes_first() => Assert.Equal(
        ["acid", "effluent-nh4"],
        MessageText.InOrder(SampleMessages.All["group"]).Select(notice => notice.Rule));

    [Fact]
    public void Nothing_from_outside_begins_a_line_or_a_form_of_markdown() => Gen.Select(Gen.String, Gen.Bool).Sample((text, isAgain) =>
    {
        Func<string, AlertMessage> message = isAgain ? SampleMessages.HostileAgain : SampleMessages.Hostile;
        var clean = MessageText.Of(message("x"), China);
        var hostile = MessageText.Of(message($"**{text}\r\n> [a](http://b) <font color=\"info\">`@all`"), China);

        Assert.Equal(Shape(clean), Shape(hostile));
        Assert.All(hostile.SelectMany(part => part.Lines), line => Assert.DoesNotContain(line, character => char.IsControl(character)));

        static IEnumerable<string> Shape(IReadOnlyList<MessageText> texts) => Markdown.Of(texts).Select(line => string.Concat(
            line.StartsWith("> ", StringComparison.Ordinal) ? ">" : "",
            string.Concat((line.StartsWith("> ", StringComparison.Ordinal) ? line[2..] : line).Where(character => "*`[]<>#_\r\n".Contains(character, StringComparison.Ordinal)))));
    });

    [Fact]
    public void What_fits_is_not_cut_however_short_its_last_line_is() => Assert.Equal("0123456789012\n\nx", LineLimit.Join(["0123456789012", "", "x"], 16));

    [Fact]
    public void Lines_are_cut_whole_within_any_limit() => Gen.Select(Gen.String.List[0, 8], Gen.Int[16, 200]).Sample((lines, most) =>
    {
        List<string> clean = [.. lines.Select(line => PlainLine.Of(line))];
        var cut = LineLimit.Join(clean, most);
        Assert.True(Encoding.UTF8.GetByteCount(cut) <= most);
        var whole = string.Join('\n', clean);
        Assert.Equal(Encoding.UTF8.GetByteCount(whole) <= most, cut == whole);
        if (cut != whole && cut.Contains('\n', StringComparison.Ordinal))
        {
            Assert.StartsWith(cut[..^1], whole, StringComparison.Ordinal);
            Assert.Equal('\n', cut[^2]);
        }
    });
}
