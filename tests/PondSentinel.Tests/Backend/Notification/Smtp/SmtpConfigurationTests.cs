using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Smtp;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification.Smtp;

public sealed class SmtpConfigurationTests
{
    private const string Good = "host = \"mail.test\"\nfrom = \"Pond <pond@example.org>\"\nto = [\"li@example.org\"]\n";

    [Fact]
    public void Settings_are_read_and_the_port_goes_by_the_encryption()
    {
        var all = Read($"[[smtp]]\n{Good}utc_offset_h = 8\n[[smtp]]\n{Good}tls = \"tls\"\nlanguage = \"en\"\n[[smtp]]\n{Good}tls = \"none\"", out var problems);

        Assert.Empty(problems);
        Assert.Equal([587, 465, 25], all.Select(smtp => smtp.Port));
        Assert.Equal([Language.Chinese, Language.English], all[0].Voice.Languages);
        Assert.Equal(TimeSpan.FromHours(8), all[0].Voice.UtcOffset);
        Assert.Equal([Language.English], all[1].Voice.Languages);
        Assert.Equal(("Pond", "pond@example.org"), (all[0].From.Name, all[0].From.Address));
        Assert.Equal(["smtp", "smtp-2", "smtp-3"], all.Select(smtp => smtp.Policy.Name));
    }

    /// <summary>Urgent news at once and all else once a day, to the same people: each has messages of its own. And whoever corrects a port
    /// or adds a recipient finds there what waited.</summary>
    [Fact]
    public void Channel_is_known_by_its_server_and_name_and_by_nothing_that_is_corrected()
    {
        var two = Names($"[[smtp]]\n{Good}min_severity = \"urgent\"\n[[smtp]]\n{Good}name = \"digest\"\n");
        Assert.Equal(2, two.Distinct().Count());
        Assert.Equal(two, Names($"[[smtp]]\n{Good}port = 2525\n[[smtp]]\n{Good.Replace("[\"", "[\"wang@example.org\", \"", StringComparison.Ordinal)}name = \"digest\"\n"));

        static IReadOnlyList<string> Names(string text) =>
        [
            .. Read(text, out _).Select(options => new SmtpChannel(options, _ => null, TimeProvider.System, NullLogger<SmtpChannel>.Instance).Name),
        ];
    }

    [Theory]
    [InlineData("tls = \"ssl\"", "is not a word known here")]
    [InlineData("user = \"pond\"", "go together")]
    [InlineData("password = \"x\"", "go together")]
    [InlineData("user = \"pond\"\npassword = \"x\"\ntls = \"none\"", "for everybody to read")]
    [InlineData("ca = \"ca.pem\"", "from / on")]
    [InlineData("ca = \"/ca.pem\"\ntls = \"none\"", "means nothing without TLS")]
    [InlineData("port = 0", "from 1 to 65535")]
    public void Mistake_is_told_once(string text, string told)
    {
        Read($"[[smtp]]\n{Good}{text}\n", out var problems);

        Assert.Contains(told, Assert.Single(problems).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host = \"mail test\"", "is no name or address")]
    [InlineData("from = \"pond\"", "from of [smtp] is no mail address")]
    [InlineData("to = []", "1 to 50 addresses")]
    [InlineData("to = [\"li@example.org\", \"x\\r\\nBcc: y@example.org\"]", "to of [smtp] is no mail address")]
    public void Wrong_address_is_refused(string line, string told)
    {
        var key = line[..line.IndexOf(' ', StringComparison.Ordinal)];
        Read($"[[smtp]]\n{string.Join('\n', Good.Split('\n').Where(good => !good.StartsWith(key, StringComparison.Ordinal)))}\n{line}\n", out var problems);

        Assert.Contains(told, Assert.Single(problems).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_may_go_unencrypted_to_this_machine_only() => Assert.Empty(Problems(
        $"[[smtp]]\n{Good.Replace("mail.test", "127.0.0.1", StringComparison.Ordinal)}user = \"pond\"\npassword = \"x\"\ntls = \"none\"\n"));

    private static List<Problem> Problems(string text)
    {
        Read(text, out var problems);
        return problems;
    }

    private static IReadOnlyList<SmtpOptions> Read(string text, out List<Problem> problems)
    {
        problems = [];
        return SmtpConfiguration.Read(TomlSection.Parse("b.toml", text, problems), new ChannelPolicyReader());
    }
}
