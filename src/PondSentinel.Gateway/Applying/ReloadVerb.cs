using System.Text.Json;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Applying;

/// <summary><c>reload</c>: has the gateway read its settings anew and go by them.</summary>
/// <param name="reloading">Does it.</param>
internal sealed class ReloadVerb(Reloading reloading) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "reload";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var plan = await reloading.ReloadAsync(cancellationToken);
        return new ControlAnswer(json => Write(json, plan));
    }

    private static void Write(Utf8JsonWriter json, ReloadPlan plan)
    {
        json.WriteString("summary", ReloadReport.Summary(plan));
        json.WriteBoolean("uplink", plan.IsUplinkChanged);
        JsonLine.Texts(json, "added", plan.Added);
        JsonLine.Texts(json, "changed", plan.Changed);
        JsonLine.Texts(json, "removed", plan.Removed);
        Settings(json, "settings", plan.Changes);
        Settings(json, "left", plan.Left);
    }

    /// <summary>Writes what differs; a secret is not among it.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="member">The member.</param>
    /// <param name="changes">What differs.</param>
    public static void Settings(Utf8JsonWriter json, string member, IReadOnlyList<SettingChange> changes)
    {
        json.WriteStartArray(member);
        foreach (var change in changes)
        {
            json.WriteStartObject();
            json.WriteString("setting", change.Path);
            json.WriteString("old", change.OldShown);
            json.WriteString("new", change.NewShown);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
