using System.CommandLine;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway buffer</c>: looks at a buffer, live or dead, and changes nothing of it.</summary>
internal static class BufferCommand
{
    private const string Description = "Look at the buffer; nothing of it is changed, pond-gateway may run or not.";

    private const string Stat = "pond-gateway buffer stat            how much there is, what was lost and why";
    private const string Verify = "pond-gateway buffer verify          read every byte";
    private const string OfAnotherCard = "pond-gateway buffer verify --folder card/var/lib/pondsentinel/buffer";
    private const string Dump = "pond-gateway buffer dump --json     everything it holds, one line each";
    private const string Export = "pond-gateway buffer export --from 2026-11-01 --out /media/usb/november.csv";

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "The buffer's folder, for example on a card from another machine; else the one of the configuration.",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var from = Time("--from", "Only records from this time on: 2026-11-01 or 2026-11-01T06:30:00Z; UTC.");
        var to = Time("--to", "Only records before this time.");
        var file = new Option<string?>("--out") { Description = "Where to; else to the screen.", HelpName = "FILE" };
        var stat = new Verb("stat", "How much there is, what was lost and why; exit 1 when something is wrong.", Stat) { config, folder, json };
        stat.SetAction(result => Look(result, config, folder, view => BufferStat.Write(
            view.View, view.Folder, result.GetValue(json), result.InvocationConfiguration.Output)));
        var verify = new Verb("verify", "Read every record and event; exit 1 when something is wrong.", Verify, OfAnotherCard) { config, folder, json };
        verify.SetAction(result => Look(result, config, folder, view => BufferVerify.Write(
            view.Again, view.Folder, result.GetValue(json), result.InvocationConfiguration.Output)));
        var dump = new Verb("dump", "Everything it holds, and everything that is gone, one line each.", Dump) { config, folder, json };
        dump.SetAction(result => Look(result, config, folder, view => BufferDump.Write(
            view.View, result.GetValue(json), result.InvocationConfiguration.Output)));
        var export = new Verb("export", "The records as CSV, one line for each value.", Export) { config, folder, from, to, file };
        export.SetAction(result => Look(result, config, folder, view => BufferExport.Write(
            view.View, new ExportedSpan(result.GetValue(from), result.GetValue(to), []), result.GetValue(file), result.InvocationConfiguration)));
        return new Verb("buffer", Description, Stat, Verify, Dump, Export, OfAnotherCard) { stat, verify, dump, export };
    }

    /// <summary>An option that takes a time.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="description">What it does.</param>
    internal static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = argument => IsoTime.TryParse(argument.Tokens[0].Value, out var time)
            ? time
            : Refuse(argument, $"{argument.Tokens[0].Value} is no time; write 2026-11-01, 2026-11-01T06:30:00Z or 2026-11-01T14:30+08:00"),
    };

    private static DateTimeOffset? Refuse(System.CommandLine.Parsing.ArgumentResult argument, string why)
    {
        argument.AddError(why);
        return null;
    }

    private static int Look(
        ParseResult result, Option<string> config, Option<string?> folder, Func<Sight, int> look)
    {
        var error = result.InvocationConfiguration.Error;
        var options = new BufferOptions();
        if (result.GetValue(folder) is { } named)
        {
            options = options with { Folder = named };
        }
        else
        {
            var loaded = GatewayConfigurationFile.Load(result.GetRequiredValue(config));
            if (loaded.Configuration is not { } configuration)
            {
                error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
                error.WritePlain("name the buffer itself with --folder, or mend the configuration");
                return ExitCode.Misuse;
            }

            options = configuration.Buffer;
        }

        try
        {
            using var sight = new Sight(options);
            return look(sight);
        }
        catch (IOException e)
        {
            error.WritePlain($"buffer {options.Folder}: {e.Message}");
            return ExitCode.Wrong;
        }
    }

    /// <summary>A look at a buffer, which can be taken again.</summary>
    /// <param name="options">Where it is, and its bound.</param>
    private sealed class Sight(BufferOptions options) : IDisposable
    {
        private BufferView? view;

        /// <summary>Its folder.</summary>
        public string Folder => options.Folder;

        /// <summary>What was seen.</summary>
        public BufferView View => view ??= Again();

        /// <summary>Looks again.</summary>
        public BufferView Again()
        {
            view?.Dispose();
            view = BufferView.Open(LinuxCard.ToRead(options.Folder), options.BytesMax);
            return view;
        }

        /// <inheritdoc/>
        public void Dispose() => view?.Dispose();
    }
}
