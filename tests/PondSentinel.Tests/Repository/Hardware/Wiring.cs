using PondSentinel.Toml;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>The source of a wiring diagram: blocks with pins, and what is joined with what.</summary>
/// <param name="Title">What the drawing shows.</param>
/// <param name="Blocks">The blocks, top to bottom in their columns.</param>
/// <param name="Joints">Pins that are one, with all that is joined with each.</param>
internal sealed record Wiring(string Title, IReadOnlyList<WiringBlock> Blocks, IReadOnlyList<IReadOnlyList<WiringPin>> Joints)
{
    /// <summary>Reads a source.</summary>
    /// <param name="file">Its path from the top.</param>
    /// <param name="station">The station, whose configuration has the names and addresses of devices.</param>
    public static Wiring Read(string file, Station station)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse(file, Checkout.Text(file), problems);
        var title = top.Text("title", required: true) ?? "";
        var blocks = top.Tables("block").Select(table => WiringBlock.Read(table, station)).ToList();
        var wires = top.Texts("wires", required: true) ?? [];
        top.RefuseUnknownKeys();
        Assert.Empty(problems);
        return new Wiring(title, blocks, Join(wires, blocks));
    }

    // A wire joins pins; pins that a chain of wires joins are one joint.
    private static List<IReadOnlyList<WiringPin>> Join(IReadOnlyList<string> wires, List<WiringBlock> blocks)
    {
        List<List<WiringPin>> joints = [];
        foreach (var wire in wires)
        {
            var ends = wire.Split(" -> ", 2);
            var pins = ends[1].Split(", ").Prepend(ends[0]).Select(name => Find(name, blocks)).ToList();
            var touched = joints.Where(joint => joint.Intersect(pins).Any()).ToList();
            joints.RemoveAll(touched.Contains);
            joints.Add([.. touched.SelectMany(joint => joint).Concat(pins).Distinct()]);
        }

        return [.. joints];
    }

    private static WiringPin Find(string name, List<WiringBlock> blocks)
    {
        var parts = name.Split(':', 2);
        return blocks.Where(block => block.Id == parts[0]).SelectMany(block => block.Pins).SingleOrDefault(pin => pin.Name == parts[^1])
            ?? throw new InvalidDataException($"no pin {name}: write BLOCK:PIN as in one of the blocks");
    }
}

/// <summary>A part in a drawing.</summary>
/// <param name="Id">Its name in the source.</param>
/// <param name="Column">Its column, from 0.</param>
/// <param name="Device">The device of the configuration that it is; null where it is none.</param>
/// <param name="Lines">What is written in it.</param>
/// <param name="Pins">Its pins.</param>
internal sealed record WiringBlock(string Id, int Column, string? Device, IReadOnlyList<string> Lines, IReadOnlyList<WiringPin> Pins)
{
    private const int ColumnMax = 9;
    private const int LettersMax = 34;

    /// <summary>Reads a block.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="station">The station.</param>
    public static WiringBlock Read(TomlSection table, Station station)
    {
        var id = table.Text("id", required: true) ?? "";
        var device = table.Text("device");
        List<string> lines = [];
        if (device is not null)
        {
            var options = station.Configuration.Devices.Single(options => options.Id == device);
            var address = station.AddressOf(options);
            lines.AddRange([options.Label ?? options.Id, $"{options.Model}{(address.Length > 0 ? $", address {address}" : "")}"]);
        }

        lines.AddRange(table.Texts("text") ?? []);
        if (table.Text("bus") is { } bus)
        {
            lines.AddRange(station.Configuration.Buses.Single(options => options.Id == bus).Line.Description.Split(", ").SelectMany(Wrapped));
        }

        var column = (int)(table.Integer("column", 0, ColumnMax, required: true) ?? 0);
        var pins = PinsOf(table, "left").Concat(PinsOf(table, "right"));
        var block = new WiringBlock(id, column, device, lines, [.. pins.Select(pin => pin with { Block = id, Column = column })]);
        table.RefuseUnknownKeys();
        return block;
    }

    private static IEnumerable<WiringPin> PinsOf(TomlSection table, string side) =>
        (table.Texts(side) ?? []).Select((text, row) => new WiringPin("", 0, text[..text.LastIndexOf(' ')], text[(text.LastIndexOf(' ') + 1)..], side == "right", row));

    private static IEnumerable<string> Wrapped(string text) => text.Chunk(LettersMax).Select(chunk => new string(chunk));
}

/// <summary>Where a wire ends.</summary>
/// <param name="Block">The block.</param>
/// <param name="Column">The block's column.</param>
/// <param name="Name">The pin's name.</param>
/// <param name="Kind">What is on it, a name of <see cref="WireKind"/>.</param>
/// <param name="OnTheRight">Whether it is on the right side.</param>
/// <param name="Row">Its place on that side, from the top.</param>
internal sealed record WiringPin(string Block, int Column, string Name, string Kind, bool OnTheRight, int Row)
{
    /// <summary>The space between two columns that its wire runs in: that on the right of the column of this number.</summary>
    public int Channel => OnTheRight ? Column : Column - 1;

    /// <inheritdoc/>
    public override string ToString() => $"{Block}:{Name} ({Kind})";
}

/// <summary>What a wire carries.</summary>
/// <param name="Name">Its name in the sources.</param>
/// <param name="Label">For people.</param>
/// <param name="Colour">Its colour in the drawing.</param>
/// <param name="Volts">Of a supply: lowest and highest, V.</param>
internal sealed record WireKind(string Name, string Label, string Colour, (double Min, double Max)? Volts)
{
    /// <summary>All there are. The probes' rail is what the converter gives, less 0.5 V that a long cable may take; the battery's is
    /// that of four cells of LiFePO4, from empty to charging.</summary>
    public static IReadOnlyList<WireKind> All { get; } =
    [
        new("pv+", "panel +", "#b45309", null),
        new("pv-", "panel −", "#57534e", null),
        new("battery", "battery +, 12.8 V", "#dc2626", (11.0, 14.6)),
        new("11v", "probes +, 11 V", "#be185d", (10.5, 11.0)),
        new("5v", "5 V", "#ea580c", (4.9, 5.2)),
        new("3v3", "3.3 V", "#ca8a04", (3.2, 3.4)),
        new("0v", "0 V", "#111827", null),
        new("0v-probes", "probes 0 V, apart", "#64748b", null),
        new("earth", "earth", "#4d7c0f", null),
        new("a", "RS-485 A", "#15803d", null),
        new("b", "RS-485 B", "#2563eb", null),
        new("shield", "shield", "#94a3b8", null),
        new("usb", "USB", "#7c3aed", null),
        new("aerial", "aerial", "#a21caf", null),
        new("data", "signal, 3.3 V", "#0e7490", null),
    ];
}
