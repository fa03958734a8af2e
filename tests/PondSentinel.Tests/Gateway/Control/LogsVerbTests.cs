using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;
using PondSentinel.Tests.Backend.Ingest;

namespace PondSentinel.Tests.Gateway.Control;

/// <summary>The last lines of the journal, and how they are shown.</summary>
public sealed class LogsVerbTests
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
    private readonly RecentLines recent;

    public LogsVerbTests() => recent = new RecentLines(new TestJournal(), time);

    [Fact]
    public async Task Newest_lines_are_kept_and_who_goes_on_gets_each_once()
    {
        Say(LogLevel.Information, "first");
        Say(LogLevel.Warning, "second");
        time.Advance(TimeSpan.FromSeconds(5));
        Say(LogLevel.Critical, "third");
        Assert.Equal(["info first", "warn second", "error third"], Lines(await AskAsync("{}")));
        Assert.Equal(["warn second", "error third"], Lines(await AskAsync("""{"level":"warn"}""")));
        Assert.Equal(["error third"], Lines(await AskAsync("""{"since_ms":1790000000001}""")));
        Assert.Equal(["error third"], Lines(await AskAsync("""{"count":1}""")));

        // One who goes on does so from where the last answer ended, though that was full.
        var step = await AskAsync("""{"after":0,"count":2}""");
        Assert.Equal(["info first", "warn second"], Lines(step));
        Assert.Equal(["error third"], Lines(await AskAsync($"{{\"after\":{step.GetProperty("last").GetRawText()}}}")));
        Assert.Equal([], Lines(await AskAsync("""{"after":3}""")));
        Assert.Equal(3, (await AskAsync("""{"after":2,"level":"info","count":400}""")).GetProperty("last").GetInt64());
    }

    [Fact]
    public async Task Memory_that_they_take_is_bounded_and_what_is_gone_is_counted()
    {
        for (var i = 0; i < RecentLines.LinesMax + 7; i++)
        {
            Say(LogLevel.Information, new string('x', 10_000));
        }

        var answer = await AskAsync("{}");
        Assert.Equal(RecentLines.LinesMax, answer.GetProperty("lines").GetArrayLength());
        Assert.All(answer.GetProperty("lines").EnumerateArray(), line => Assert.Equal(RecentLines.CharactersMax, line.GetProperty("text").GetString()!.Length));
        Assert.Equal(7, answer.GetProperty("gone").GetInt64());
        Assert.Equal(2, (await AskAsync("""{"after":5}""")).GetProperty("gone").GetInt64());
        Assert.Equal(0, (await AskAsync("""{"after":9}""")).GetProperty("gone").GetInt64());
    }

    [Theory]
    [InlineData("""{"level":"debug"}""", "level must be one of info, warn, error")]
    [InlineData("""{"count":0}""", "count must be a whole number from 1 to 400")]
    [InlineData("""{"after":-1}""", "after must be a whole number from 0 to 9223372036854775807")]
    public async Task What_makes_no_sense_is_refused(string body, string why) =>
        Assert.Equal(why, (await Assert.ThrowsAsync<ControlRefusedException>(() => AskAsync(body))).Message);

    [Theory]
    [InlineData("0::/system.slice/pond-gateway.service\n", "8:123", "pond-gateway.service")]
    [InlineData("1:name=systemd:/system.slice/own.service\n0::/\n", "8:123", "own.service")]
    [InlineData("0::/system.slice/pond-gateway.service\n", null, null)]
    [InlineData("0::/user.slice/user-1000.slice/session-2.scope\n", "8:123", null)]
    [InlineData("0::/\n", "8:123", null)]
    [InlineData("", "8:123", null)]
    public void Unit_is_the_one_whose_journal_is_kept(string cgroup, string? stream, string? unit) =>
        Assert.Equal(unit, LogsVerb.UnitOf(cgroup, stream));

    [Theory]
    [InlineData("""{"__REALTIME_TIMESTAMP":"1790000000123456","PRIORITY":"4","MESSAGE":"ph: no-answer"}""", "2026-09-21T14:13:20.123Z warn  ph: no-answer")]
    [InlineData("""{"__REALTIME_TIMESTAMP":"1790000000123456","PRIORITY":"2","MESSAGE":[104,105,27,91,109]}""", "2026-09-21T14:13:20.123Z error hi?[m")]
    [InlineData("""{"__REALTIME_TIMESTAMP":"1790000000123456","MESSAGE":"a\u202eb\u001b]0;x\u0007"}""", "2026-09-21T14:13:20.123Z info  a?b?]0;x?")]
    [InlineData("""{"__REALTIME_TIMESTAMP":"1790000000123456","MESSAGE":[1,"x",999,{}]}""", "2026-09-21T14:13:20.123Z info  ????")]
    [InlineData("""{"__REALTIME_TIMESTAMP":"99999999999999999999","MESSAGE":"x"}""", null)]
    [InlineData("""{"__REALTIME_TIMESTAMP":7}""", null)]
    [InlineData("[]", null)]
    [InlineData("-- No entries --", null)]
    public void Line_of_journald_is_shown_without_what_a_terminal_acts_on(string line, string? shown)
    {
        using var output = new StringWriter();
        LogLine.OfJournal(line)?.Print(output, json: false);
        Assert.Equal(shown is null ? "" : $"{shown}\n", output.ToString());
    }

    private static IEnumerable<string> Lines(JsonElement answer) =>
        answer.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("level").GetString()} {line.GetProperty("text").GetString()}");

    private void Say(LogLevel level, string text) => recent.Log(level, default, text, null, (state, _) => state);

    private async Task<JsonElement> AskAsync(string body)
    {
        var answer = await new LogsVerb(recent, unit: null).AnswerAsync(
            ControlRequest.Parse(Encoding.UTF8.GetBytes($"{{\"verb\":\"logs\",\"body\":{body}}}"), 0), TestContext.Current.CancellationToken);
        return JsonElement.Parse(JsonLine.Of(answer.Write));
    }
}
