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
    private static readonly Voice WithPage = China with { Page = PageAddress.Read("https://pond.example.org:8443") };

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
    public void With_the_address_of_the_page_each_alarm_is_a_link_to_it()
    {
        var texts = MessageText.Of(SampleMessages.All["group"], WithPage);

        Assert.Equal(
            File.ReadAllText(Checkout.Absolute($"{Folder}/with-page.txt")),
            string.Join('\n', texts.SelectMany(text => (string[])[$"== {text.Subject}", .. text.Lines, ""])));
    }

    [Fact]
    public void Least_of_a_message_has_the_id_of_each_alarm_once()
    {
        var texts = MessageText.Of(SampleMessages.All["reminder-several"], China);

        Assert.Equal(
            SampleMessages.All["reminder-several"].Notices.Select(notice => $"报警编号：{notice.Episode}").Order(StringComparer.Ordinal),
            texts.SelectMany(text => text.Heads).Where(line => line.Contains(".1782886200000", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("x; rm -rf ~")]
    [InlineData("--by")]
    [InlineData("$(reboot)")]
    [InlineData("")]
    public void Nobody_is_told_to_paste_into_a_shell_what_is_no_id(string id) => Assert.All(
        MessageText.Of(SampleMessages.Of(MessageKind.Alert, SampleMessages.All["alert"].Notices[0] with { Episode = id }), China),
        text => Assert.DoesNotContain(text.Lines, line => line.Contains("pond-backend", StringComparison.Ordinal)));

    [Theory]
    [InlineData(double.NaN, 1.0)]
    [InlineData(91.0, 1.0)]
    [InlineData(1.0, -181.0)]
    [InlineData(1.0, null)]
    [InlineData(null, 1.0)]
    public void Place_that_is_none_is_no_link(double? lat, double? lon)
    {
        var notice = SampleMessages.All["alert"].Notices[0] with { Lat = lat, Lon = lon, StationLabel = null };
        Assert.All(MessageText.Of(SampleMessages.Of(MessageKind.Alert, notice), China), text => Assert.DoesNotContain(text.Parts[0].Text.Facts, fact => fact.Link is not null));
    }

    [Fact]
    public void Most_urgent_alarm_that_still_holds_comes_first() => Assert.Equal(
        ["acid", "effluent-nh4"],
        MessageText.InOrder(SampleMessages.All["group"]).Select(notice => notice.Rule));

    [Fact]
    public void Nothing_from_outside_begins_a_line_or_a_form_of_markdown() => Gen.Select(Gen.String, Gen.Bool, Gen.Bool).Sample((text, isAgain, hasPage) =>
    {
        Func<string, AlertMessage> message = isAgain ? SampleMessages.HostileAgain : SampleMessages.Hostile;
        var voice = hasPage ? WithPage : China;
        var clean = MessageText.Of(message("x"), voice);
        var hostile = MessageText.Of(message($"**{text}\r\n> [a](http://b) <font color=\"info\">`@all`"), voice);

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
