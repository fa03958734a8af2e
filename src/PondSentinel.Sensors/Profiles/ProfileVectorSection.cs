using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[[vector]]</c> of a profile, and runs each through the code that reads the probe.</summary>
internal static class ProfileVectorSection
{
    private static readonly Dictionary<string, SensorFault> Faults =
        Enum.GetValues<SensorFault>().ToDictionary(fault => WhyTokens.Tokens(fault.Why).Single(), StringComparer.Ordinal);

    /// <summary>Reads all vectors. A read without one is a mistake: nobody would know whether it is read rightly.</summary>
    /// <param name="top">The file.</param>
    /// <param name="reads">The reads there are.</param>
    /// <param name="identity">How it tells its serial number; null where it does not.</param>
    public static IReadOnlyList<(ProfileVector Vector, TomlSection Section)> ReadAll(
        TomlSection top, IReadOnlyList<ProfileRead> reads, ProfileIdentity? identity)
    {
        List<(ProfileVector Vector, TomlSection Section)> vectors =
            [.. top.Tables("vector").Select(section => (Read(section, reads, identity), section))];
        var names = reads.Select(read => read.Name).Concat(identity is null ? [] : [ProfileVector.Identity]);
        foreach (var name in names.Where(name => name.Length > 0 && !vectors.Exists(pair => pair.Vector.Read == name)))
        {
            top.Report(null, $"the read {name} has no [[vector]]", "add an example from the maker's manual");
        }

        return vectors;
    }

    /// <summary>Runs a vector and reports where the profile reads it otherwise than it says.</summary>
    /// <param name="section">Its table.</param>
    /// <param name="vector">The vector.</param>
    /// <param name="profile">The profile, which has no other mistake.</param>
    public static void Check(TomlSection section, ProfileVector vector, DeviceProfile profile)
    {
        if (profile.Reads.FirstOrDefault(read => read.Name == vector.Read) is { } read)
        {
            Check(section, vector, read, profile);
        }
        else
        {
            Check(section, vector, profile.Identity!);
        }
    }

    private static ProfileVector Read(TomlSection section, IReadOnlyList<ProfileRead> reads, ProfileIdentity? identity)
    {
        var name = section.Text("read", required: true) ?? "";
        var read = reads.FirstOrDefault(candidate => candidate.Name == name);
        var isIdentity = identity is not null && name == ProfileVector.Identity;
        if (read is null && !isIdentity && section.Has("read"))
        {
            section.Report("read", $"there is no read \"{name}\"", "name one of those above");
        }

        // A read without numbers speaks of those of the others.
        var concerned = read is { Outputs.Count: > 0 } ? read.Outputs : [.. reads.SelectMany(each => each.Outputs)];
        var (faults, whole) = ReadFaults(section, read is null ? null : concerned);
        var vector = new ProfileVector
        {
            Read = name,
            Source = ProfileFile.Line(section, "source"),
            Request = ProfileHex.Read(section, "request"),
            Reply = ProfileHex.Read(section, "reply"),
            Values = ReadValues(section, read, faults, whole),
            Faults = faults,
            Serial = section.Text("serial", required: isIdentity),
        };
        section.RefuseUnknownKeys();
        return vector;
    }

    private static (Dictionary<string, SensorFault> Faults, bool Whole) ReadFaults(
        TomlSection section, IReadOnlyList<ProfileOutput>? outputs)
    {
        Dictionary<string, SensorFault> faults = new(StringComparer.Ordinal);
        var whole = section.Word("fault", Faults);
        if (whole is { } fault)
        {
            faults[""] = fault;
        }

        if (section.Has("faults") && section.Table("faults") is { } table)
        {
            foreach (var output in outputs ?? [])
            {
                if (table.Word(output.Output.Name, Faults) is { } one)
                {
                    faults[output.Output.Name] = one;
                }
            }

            if (outputs is not null)
            {
                table.RefuseUnknownKeys();
            }
        }

        return (faults, section.Has("fault"));
    }

    private static Dictionary<string, double> ReadValues(
        TomlSection section, ProfileRead? read, Dictionary<string, SensorFault> faults, bool whole)
    {
        Dictionary<string, double> values = new(StringComparer.Ordinal);
        var table = section.Has("values") ? section.Table("values") : null;
        if (table is not null && whole)
        {
            section.Report("values", "a vector shows values or a fault of everything, one of them", "remove values or fault");
        }
        else if (table is null && !whole && read is { Outputs.Count: > 0 } && faults.Count < read.Outputs.Count)
        {
            section.Report(null, "a vector shows values or a fault of everything, one of them", "write values = { … } or fault = \"…\"");
        }

        foreach (var output in read?.Outputs ?? [])
        {
            // Of what is faulty there may be a number still.
            if (table?.Number(output.Output.Name, required: !faults.ContainsKey(output.Output.Name)) is { } value)
            {
                values[output.Output.Name] = value;
            }
        }

        if (read is not null)
        {
            table?.RefuseUnknownKeys();
        }

        return values;
    }

    private static void Check(TomlSection section, ProfileVector vector, ProfileRead read, DeviceProfile profile)
    {
        if (Registers(section, vector, read.Request(vector.Request.Span[0])) is not { } registers)
        {
            return;
        }

        var reading = read.Interpret(registers.Span);
        if (reading is not Reading.Measured measured)
        {
            var failed = (Reading.Failed)reading;
            if (!vector.Faults.TryGetValue("", out var expectedFault) || expectedFault != failed.Fault)
            {
                Differs(section, $"it is a fault of everything: {Token(failed.Fault)}, {failed.Detail}");
            }

            return;
        }

        if (vector.Faults.ContainsKey(""))
        {
            Differs(section, "there is no fault of everything");
            return;
        }

        var doubts = read.DoubtsIn(registers.Span);
        foreach (var output in read.Outputs.Count > 0 ? [] : profile.Reads.SelectMany(each => each.Outputs))
        {
            // Any number will do: what counts is what this read says against it.
            var doubted = doubts.Aggregate(
                new OutputReading(output.Output.Name, new Measurement(output.Output.Measurand, 0), null), (each, doubt) => doubt.AppliedOver(each));
            if (doubted.Fault != (vector.Faults.TryGetValue(doubted.Output, out var said) ? said : null))
            {
                Differs(section, $"it says of {doubted.Output}: {(doubted.Fault is { } fault ? Token(fault) : "nothing")}");
            }
        }

        foreach (var output in measured.Outputs)
        {
            double? expected = vector.Values.TryGetValue(output.Output, out var value) ? value : null;
            SensorFault? fault = vector.Faults.TryGetValue(output.Output, out var known) ? known : null;
            if (output.Measurement?.Value != expected || output.Fault != fault)
            {
                Differs(section, $"{output.Output} is {Describe(output)}");
            }
        }
    }

    private static void Check(TomlSection section, ProfileVector vector, ProfileIdentity identity)
    {
        if (Registers(section, vector, identity.Request(vector.Request.Span[0])) is not { } registers)
        {
            return;
        }

        var serial = identity.SerialIn(registers.Span);
        if (serial != vector.Serial)
        {
            Differs(section, $"the serial number is \"{serial}\"");
        }
    }

    private static ReadOnlyMemory<byte>? Registers(TomlSection section, ProfileVector vector, ModbusRequest request)
    {
        if (!request.Frame.Span.SequenceEqual(vector.Request.Span))
        {
            section.Report("request", "request is not what this read asks for", $"it asks {ProfileHex.Text(request.Frame.Span)}");
            return null;
        }

        var finding = ModbusReply.Find(vector.Reply.Span, request);
        if (finding is { Match: ModbusMatch.Reply, Offset: 0 } && finding.Length == vector.Reply.Length)
        {
            return vector.Reply[request.ReplyHeadLength..^ModbusCrc.Length];
        }

        var why = finding.Match == ModbusMatch.Garbled ? "its checksum is wrong" : "it has another address, function or length";
        section.Report("reply", $"reply is none to this request: {why}", "copy it from its source again, or correct count");
        return null;
    }

    private static void Differs(TomlSection section, string found) =>
        section.Report(null, $"the profile reads this vector otherwise: {found}", "correct the output, or the vector after its source");

    private static string Describe(OutputReading output) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(output.Measurement is { } number ? number.Value.ToString("R", CultureInfo.InvariantCulture) : "without a number")}{(output.Fault is { } fault ? $", {Token(fault)}" : "")}");

    private static string Token(SensorFault fault) => WhyTokens.Tokens(fault.Why).Single();
}
