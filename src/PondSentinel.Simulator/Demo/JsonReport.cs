using System.Text.Encodings.Web;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>The demo's report for programs: one JSON object a line, told apart by <c>kind</c>. Members are described in
/// README.md; only ever added.</summary>
/// <param name="lines">Where it goes.</param>
internal sealed class JsonReport(LineQueue lines) : IDemoReport
{
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public void Started(DemoRunning running) => Add("start", running.At, json =>
    {
        json.WriteString("page", running.Page?.ToString());
        json.WriteNumber("broker_port", running.BrokerPort);
        json.WriteString("webhook", running.Webhook.ToString());
        json.WriteString("folder", running.Folder.Path);
        json.WriteNumber("seed", running.Folder.Start.Seed);
        json.WriteNumber("speed", running.Options.Speed);
    });

    /// <inheritdoc/>
    public void Happens(TimeSpan at, StoryEvent what) => Add("site", at, json => json.WriteString("what", what.Id));

    /// <inheritdoc/>
    public void Senses(TimeSpan at, ProbeWater above, ProbeWater below, double pm10) => Add("senses", at, json =>
    {
        json.WriteNumber("upstream_nh4n", above.NitrogenMilligramsPerLitre);
        json.WriteNumber("upstream_ph", above.Ph);
        json.WriteNumber("downstream_nh4n", below.NitrogenMilligramsPerLitre);
        json.WriteNumber("downstream_ph", below.Ph);
        json.WriteNumber("downstream_turbidity", below.TurbidityNtu);
        json.WriteNumber("pm10", pm10);
    });

    /// <inheritdoc/>
    public void Changes(TimeSpan at, AlertTransition transition) => Add("change", at, json =>
    {
        var (rule, subject, change) = (transition.Rule, transition.Subject, transition.Change);
        json.WriteString("rule", rule.Id);
        json.WriteString("subject", $"{subject.Station}/{subject.Device}.{subject.Channel}");
        json.WriteString("from", change.From.Word);
        json.WriteString("to", change.To.Word);
        json.WriteNumber("value", change.Value);
        json.WriteNumber("t", change.At.ToUnixTimeMilliseconds());
        json.WriteBoolean("late", transition.IsLate);
    });

    /// <inheritdoc/>
    public void Notifies(TimeSpan at, AlertNotice notice) => Add("notice", at, json =>
    {
        json.WriteString("id", notice.Id);
        json.WriteString("rule", notice.Rule);
        json.WriteString("phase", JsonNamingPolicy.CamelCase.ConvertName(notice.Phase.ToString()));
        json.WriteString("summary", notice.Summary);
    });

    /// <inheritdoc/>
    public void Complains(string source, string text) => Add("trouble", null, json =>
    {
        json.WriteString("source", source);
        json.WriteString("text", text);
    });

    /// <inheritdoc/>
    public void Ended(DemoSummary summary) => Add("end", summary.At, json =>
    {
        json.WriteNumber("measured", summary.Measured);
        json.WriteNumber("stored", summary.Fates.Stored);
        json.WriteNumber("waiting", summary.Waiting);
        json.WriteBoolean("waiting_kept", summary.Kept is not null);
        json.WriteNumber("lost", summary.Lost);
        json.WriteStartObject("lost_by_cause");
        foreach (var (cause, records) in summary.Fates.Lost)
        {
            json.WriteNumber(cause, records);
        }

        json.WriteEndObject();
        json.WriteNumber("announced", summary.Announced);
        json.WriteNumber("over", summary.Over);
    });

    private void Add(string kind, TimeSpan? at, Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Form))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            if (at is { } simulated)
            {
                json.WriteNumber("simulated_s", Math.Round(simulated.TotalSeconds, 1));
            }

            members(json);
            json.WriteEndObject();
        }

        lines.Add(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
