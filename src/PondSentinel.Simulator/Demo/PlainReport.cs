using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Model;

namespace PondSentinel.Simulator.Demo;

/// <summary>The demo's report for people.</summary>
/// <param name="lines">Where it goes.</param>
/// <param name="colour">Whether it may use colour.</param>
internal sealed class PlainReport(LineQueue lines, bool colour) : IDemoReport
{
    private const string Red = "31";
    private const string Green = "32";
    private const string Yellow = "33";
    private const string Blue = "36";
    private const string Grey = "90";
    private const string Bold = "1";

    /// <summary>Whether this terminal wants colour: it is one, and NO_COLOR is not set (no-color.org).</summary>
    public static bool WantsColour =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <inheritdoc/>
    public void Started(DemoRunning running)
    {
        var (options, folder) = (running.Options, running.Folder);
        Add("PondSentinel demo: a leaching pond that leaks. Pond and probes are simulated, all the rest is the product.", Bold);
        Add("");
        Add($"  page      {running.Page}", Bold);
        Add($"  probes    {SiteLayout.Lines.Sum(line => line.Devices.Count)} on {SiteLayout.Lines.Count} serial lines: {folder.Lines}");
        Add($"  gateway   asks each every {Real(SiteLayout.SamplingInterval, options.Speed)}, a simulated minute; settings: {folder.GatewayFile}");
        Add(Text($"  broker    MQTT on 127.0.0.1:{running.BrokerPort}"));
        Add($"  backend   stores in {folder.Backend}");
        Add($"  webhook   {running.Webhook} is told of alerts and prints them here");
        Add($"  keeps     {(folder.IsTemporary ? "nothing: the folder is removed at the end (--data DIR keeps it)" : folder.Path)}");
        Add(Text($"  speed     {options.Speed:0.##}: a simulated hour takes {Real(TimeSpan.FromHours(1), options.Speed)}; seed {folder.Start.Seed}; records and notices carry real time, UTC"));
        Add("");
        Add("What will happen (simulated time, and from now):");
        foreach (var (at, what, about) in StoryEvent.Foreseen(running.At, running.At + Story.Period))
        {
            Add($" {(about ? '~' : ' ')}{Stamp(at)}  in {Real(at - running.At, options.Speed),-11} {what.Text}");
        }

        Add("");
        Add("Ctrl-C ends it.");
        Add("");
    }

    /// <inheritdoc/>
    public void Happens(TimeSpan at, StoryEvent what) => Add($"{Stamp(at)}  site      {what.Text}", Blue);

    /// <inheritdoc/>
    public void Senses(TimeSpan at, ProbeWater above, ProbeWater below, double pm10) => Add(
        Text($"{Stamp(at)}  values    above {above.NitrogenMilligramsPerLitre,4:0.0} mg/L N, pH {above.Ph:0.0} | below {below.NitrogenMilligramsPerLitre,4:0.0} mg/L N, pH {below.Ph:0.0}, {below.TurbidityNtu,3:0} NTU | PM10 {pm10,3:0} µg/m³"),
        Grey);

    /// <inheritdoc/>
    public void Changes(TimeSpan at, AlertTransition transition)
    {
        var (rule, change) = (transition.Rule, transition.Change);
        var (word, tint) = (change.To, change.From.IsAnnounced) switch
        {
            (AlertPhase.Pending, _) => ("pending", Yellow),
            (AlertPhase.Firing, false) => ("FIRING", Red),
            (AlertPhase.Firing, true) => ("firing again", Red),
            (AlertPhase.Clearing, _) => ("clearing", Yellow),
            (_, true) => ("cleared", Green),
            _ => ("normal", Grey),
        };
        Add(
            Text($"{Stamp(at)}  alert     {rule.Id} {word}: {Figures.Beside(null, change.Value, rule.Threshold.RaiseLimit)} {rule.Measurand.Unit}, limit {rule.Threshold.Side.Word} {rule.Threshold.RaiseLimit}{(transition.IsLate ? ", from late records" : "")}"),
            tint);
    }

    /// <inheritdoc/>
    public void Notifies(TimeSpan at, AlertNotice notice) => Add(
        $"{Stamp(at)}  NOTIFIED  {notice.Summary}{(notice is { Phase: NoticeKind.Firing, Do: { } advice } ? $". {advice}" : "")}",
        notice.Phase == NoticeKind.Firing ? Red : Green);

    /// <inheritdoc/>
    public void Complains(string source, string text) => Add($"       !  {source,-8}  {text}", Yellow);

    /// <inheritdoc/>
    public void Ended(DemoSummary summary)
    {
        var causes = string.Join(", ", summary.Fates.Lost.Select(cause => Text($"{cause.Key} {cause.Value}")));
        Add("");
        Add(
            Text($"Ended at {Stamp(summary.At)} simulated: {summary.Measured} records measured, {summary.Fates.Stored} stored, {summary.Lost} lost{(causes.Length > 0 ? $" ({causes})" : "")}; {summary.Announced} alerts went out, {summary.Over} were reported over."),
            Bold);
        if (summary.Waiting > 0)
        {
            Add(Text($"{summary.Waiting} of the records had not reached the store yet: they ") + (summary.Kept is null
                ? "go with the folder (--data DIR keeps them)."
                : "wait in the gateway's buffer for the next start."));
        }

        if (summary.Kept is { } folder)
        {
            Add($"Kept in {folder}; the next demo with --data {folder} goes on from there.");
        }
    }

    /// <summary>Simulated time as people read it: hours and minutes, with the days before them where there are any.</summary>
    /// <param name="at">Simulated time.</param>
    public static string Stamp(TimeSpan at) => at < TimeSpan.FromDays(1)
        ? at.ToString(@"hh\:mm", CultureInfo.InvariantCulture)
        : at.ToString(@"d\d\ hh\:mm", CultureInfo.InvariantCulture);

    /// <summary>How long something takes in real time, as people say it.</summary>
    /// <param name="simulated">How long it takes at the site.</param>
    /// <param name="speed">Simulated seconds in a real second.</param>
    public static string Real(TimeSpan simulated, double speed)
    {
        var seconds = simulated.TotalSeconds / speed;
        if (seconds < 10)
        {
            return Text($"{seconds:0.##} s");
        }

        var whole = TimeSpan.FromSeconds(Math.Round(seconds));
        var (large, largeUnit, small, smallUnit) = whole < TimeSpan.FromHours(1)
            ? (whole.Minutes, "min", whole.Seconds, "s")
            : ((int)whole.TotalHours, "h", whole.Minutes, "min");
        return large == 0 ? Text($"{small} {smallUnit}")
            : small == 0 ? Text($"{large} {largeUnit}")
            : Text($"{large} {largeUnit} {small} {smallUnit}");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    // What came from elsewhere may hold any character; a terminal must not act on it.
    private void Add(string line, string? tint = null)
    {
        var plain = string.Concat(line.Select(character => char.IsControl(character) ? '?' : character));
        lines.Add(colour && tint is not null ? $"\u001b[{tint}m{plain}\u001b[0m" : plain);
    }
}
