using System.Globalization;
using System.Text.Json;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Terminal;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway buffer stat</c>: figures, from what opening a buffer tells, without reading the records.</summary>
internal static class BufferStat
{
    /// <summary>Writes the figures.</summary>
    /// <param name="view">The buffer.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="asJson">Whether as JSON.</param>
    /// <param name="output">Where to.</param>
    /// <returns>The exit code.</returns>
    public static int Write(BufferView view, string folder, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(JsonLine.Of(json => WriteJson(json, view, folder)));
        }
        else
        {
            WriteText(view, folder, output);
        }

        return view.Findings.Count + view.SetAside.Count > 0 ? ExitCode.Wrong : 0;
    }

    /// <summary>How many of an epoch's numbers are held and not settled.</summary>
    /// <param name="epoch">The epoch.</param>
    public static long Unsettled(EpochLedger epoch) => epoch.CountUnsettled();

    /// <summary>How many of an epoch's numbers are gone for a cause.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="cause">The cause.</param>
    private static long Gone(EpochLedger epoch, LossCause cause) => 
        epoch.Gone(cause).Count + (cause == LossCause.Thin ? epoch.ThinnedCount : 0);

    private static void WriteText(BufferView view, string folder, TextWriter output)
    {
        output.WritePlain($"{folder}: {Units.Text(view.Bytes)} in {Count(view.Segments, "segment")}");
        WriteStream("records", view.Records, output);
        WriteStream("events", view.Events, output);
        output.WritePlain("lost since the buffer was made: " + string.Join(", ", EpochLedger.Causes.Select(cause =>
            string.Create(CultureInfo.InvariantCulture, $"{view.Lost(cause)} {cause.Token}"))));
        output.WritePlain(view.Receipt is { } receipt
            ? string.Create(CultureInfo.InvariantCulture, $"newest receipt: number {receipt.Number} of {receipt.By}, its store of {IsoTime.Text(receipt.Generation)}")
            : "newest receipt: none yet");
        foreach (var line in Findings(view))
        {
            output.WritePlain($"wrong: {line}");
        }
    }

    /// <summary>What is wrong, one line for people each.</summary>
    /// <param name="view">The buffer.</param>
    public static IEnumerable<string> Findings(BufferView view) =>
    [
        .. view.Findings,
        .. view.SetAside.Select(name => $"{name} was set aside as unreadable; keep a copy, it is deleted when room is needed"),
    ];

    private static void WriteStream(string what, IReadOnlyList<EpochLedger> epochs, TextWriter output)
    {
        output.WritePlain(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {epochs.Sum(Unsettled)} not settled, in {Count(epochs.Count, "epoch")}"));
        foreach (var epoch in epochs)
        {
            var gone = string.Join(", ", EpochLedger.Causes
                .Where(cause => Gone(epoch, cause) > 0)
                .Select(cause => string.Create(CultureInfo.InvariantCulture, $"{Gone(epoch, cause)} {cause.Token}")));
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"  {epoch.Epoch}  site {epoch.Site}  up to {epoch.Last}  held from {epoch.FirstHeld}  not settled {Unsettled(epoch)}  gone {(gone.Length > 0 ? gone : "none")}"));
        }
    }

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static void WriteJson(Utf8JsonWriter json, BufferView view, string folder)
    {
        json.WriteString("folder", folder);
        json.WriteNumber("bytes", view.Bytes);
        json.WriteNumber("segments", view.Segments);
        foreach (var (name, epochs) in new[] { ("records", view.Records), ("events", view.Events) })
        {
            json.WriteStartArray(name);
            foreach (var epoch in epochs)
            {
                json.WriteStartObject();
                json.WriteString("ep", epoch.Epoch);
                json.WriteString("site", epoch.Site);
                json.WriteNumber("last", epoch.Last);
                json.WriteNumber("first_held", epoch.FirstHeld);
                json.WriteNumber("unsettled", Unsettled(epoch));
                json.WriteStartObject("gone");
                foreach (var cause in EpochLedger.Causes)
                {
                    json.WriteNumber(cause.Token, Gone(epoch, cause));
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("lost");
        foreach (var cause in EpochLedger.Causes)
        {
            json.WriteNumber(cause.Token, view.Lost(cause));
        }

        json.WriteEndObject();
        JsonLine.Texts(json, "wrong", Findings(view));
    }
}
