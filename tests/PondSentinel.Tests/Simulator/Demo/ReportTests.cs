using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Simulator.Demo;

namespace PondSentinel.Tests.Simulator.Demo;

public sealed class ReportTests
{
    private static readonly TimeSpan At = TimeSpan.FromMinutes(87);

    [Fact]
    public async Task Alert_is_told_with_rule_value_unit_and_limit() =>
        Assert.Equal(
            ["01:27  alert     leak-ammonium FIRING: 29.69 mg/L as N, limit above 15"],
            await PlainAsync(report => report.Changes(At, Step(AlertPhase.Pending, AlertPhase.Firing))));

    [Fact]
    public async Task Value_is_not_rounded_onto_the_limit_that_it_has_crossed() =>
        Assert.Equal(
            ["01:27  alert     leak-ammonium pending: 15.002 mg/L as N, limit above 15"],
            await PlainAsync(report => report.Changes(At, Step(AlertPhase.Normal, AlertPhase.Pending, 15.002))));

    [Fact]
    public async Task Every_step_has_its_word()
    {
        (AlertPhase From, AlertPhase To, string Word)[] steps =
        [
            (AlertPhase.Normal, AlertPhase.Pending, "pending"), (AlertPhase.Pending, AlertPhase.Normal, "normal"),
            (AlertPhase.Pending, AlertPhase.Firing, "FIRING"), (AlertPhase.Firing, AlertPhase.Clearing, "clearing"),
            (AlertPhase.Clearing, AlertPhase.Firing, "firing again"), (AlertPhase.Clearing, AlertPhase.Normal, "cleared"),
        ];
        var lines = await PlainAsync(report =>
        {
            foreach (var (from, to, _) in steps)
            {
                report.Changes(At, Step(from, to));
            }
        });
        Assert.Equal(steps.Select(step => step.Word), lines.Select(line => line.Split(':')[1].Split("leak-ammonium ")[1]));
    }

    [Fact]
    public async Task Notice_says_what_to_do_only_while_there_is_something_to_do() =>
        Assert.Equal(
            ["01:27  NOTIFIED  Ammonium is high. Stop the inflow", "01:27  NOTIFIED  Ammonium is high"],
            await PlainAsync(report =>
            {
                report.Notifies(At, Notices.Leak("a"));
                report.Notifies(At, Notices.Leak("b", NoticeKind.Cleared));
            }));

    [Fact]
    public async Task Terminal_gets_no_control_character_from_elsewhere() =>
        Assert.Equal(
            ["       !  gateway   ?[31m red ?"],
            await PlainAsync(report => report.Complains("gateway", "\u001b[31m red \u0007")));

    [Fact]
    public async Task Colour_is_used_only_where_it_is_wanted() =>
        Assert.Equal(
            ["\u001b[33m       !  gateway   slow\u001b[0m"],
            await LinesAsync(lines => new PlainReport(lines, colour: true).Complains("gateway", "slow")));

    [Fact]
    public async Task Records_that_are_still_buffered_go_with_a_folder_that_nobody_keeps() =>
        Assert.Equal(
            [
                "",
                "Ended at 01:27 simulated: 100 records measured, 90 stored, 4 lost (full 3, thin 1); 3 alerts went out, 2 were reported over.",
                "6 of the records had not reached the store yet: they go with the folder (--data DIR keeps them).",
            ],
            await PlainAsync(report => report.Ended(Summary(stored: 90, kept: null))));

    [Fact]
    public async Task Records_that_are_still_buffered_wait_in_a_folder_that_is_kept() =>
        Assert.Equal(
            [
                "6 of the records had not reached the store yet: they wait in the gateway's buffer for the next start.",
                "Kept in /pond; the next demo with --data /pond goes on from there.",
            ],
            (await PlainAsync(report => report.Ended(Summary(stored: 90, kept: "/pond"))))[2..]);

    [Fact]
    public async Task Where_all_are_stored_nothing_is_said_of_a_buffer() =>
        Assert.DoesNotContain(
            await PlainAsync(report => report.Ended(Summary(stored: 96, kept: null))),
            line => line.Contains("not reached", StringComparison.Ordinal));

    [Fact]
    public async Task Program_gets_one_object_a_line()
    {
        var lines = await LinesAsync(lines =>
        {
            var report = new JsonReport(lines);
            report.Changes(At, Step(AlertPhase.Pending, AlertPhase.Firing));
            report.Complains("gateway", "line\nbreak");
            report.Ended(Summary(stored: 90, kept: "/pond"));
        });
        var (change, trouble, end) = (Parse(lines[0]), Parse(lines[1]), Parse(lines[2]));
        Assert.Equal(
            ("change", 5220.0, "leak-ammonium", "pending", "firing"),
            (Text(change, "kind"), change.GetProperty("simulated_s").GetDouble(), Text(change, "rule"), Text(change, "from"), Text(change, "to")));
        Assert.Equal("line\nbreak", Text(trouble, "text"));
        Assert.Equal(
            (100, 90, 6, 4, 3),
            (Number(end, "measured"), Number(end, "stored"), Number(end, "waiting"), Number(end, "lost"), Number(end.GetProperty("lost_by_cause"), "full")));
        Assert.True(end.GetProperty("waiting_kept").GetBoolean());
    }

    [Theory]
    [InlineData(5, "5 s")]
    [InlineData(0.397, "0.4 s")]
    [InlineData(59.98, "1 min")]
    [InlineData(30, "30 s")]
    [InlineData(129.7, "2 min 10 s")]
    [InlineData(3600, "1 h")]
    [InlineData(3599.9, "1 h")]
    [InlineData(90_000, "25 h")]
    [InlineData(7_260, "2 h 1 min")]
    public void Real_time_is_told_as_people_say_it(double seconds, string expected) =>
        Assert.Equal(expected, PlainReport.Real(TimeSpan.FromSeconds(seconds * 60), speed: 60));

    [Fact]
    public void Days_stand_before_the_hour()
    {
        Assert.Equal("23:59", PlainReport.Stamp(TimeSpan.FromMinutes(1439)));
        Assert.Equal("2d 01:00", PlainReport.Stamp(TimeSpan.FromHours(49)));
    }

    private static DemoSummary Summary(long stored, string? kept) => new(
        At, 100, new RecordFates(stored, new Dictionary<string, long> { ["full"] = 3, ["thin"] = 1 }), 3, 2, kept);

    private static AlertTransition Step(AlertPhase from, AlertPhase to, double value = 29.6876) => new(
        DemoRules.All(60)[0],
        new AlertSubject("demo-hill", "downstream", "gw-1", "downstream-nh4", "nh4n", Measurand.AmmoniumNitrogen),
        new AlertChange(from, to, DateTimeOffset.UnixEpoch, value, DateTimeOffset.UnixEpoch, 30),
        "episode",
        IsLate: false);

    private static Task<string[]> PlainAsync(Action<PlainReport> tell) =>
        LinesAsync(lines => tell(new PlainReport(lines, colour: false)));

    private static async Task<string[]> LinesAsync(Action<LineQueue> tell)
    {
        await using var written = new StringWriter { NewLine = "\n" };
        await using (var lines = new LineQueue(written, TimeProvider.System))
        {
            tell(lines);
        }

        return written.ToString().TrimEnd('\n').Split('\n');
    }

    private static JsonElement Parse(string line) => JsonElement.Parse(line);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
