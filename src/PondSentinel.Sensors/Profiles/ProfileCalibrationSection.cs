using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[calibration]</c> of a profile.</summary>
internal static class ProfileCalibrationSection
{
    private static readonly TimeSpan DayMin = TimeSpan.FromDays(1);
    private static readonly TimeSpan DayMax = TimeSpan.FromDays(3660);
    private static readonly TimeSpan SoakMax = TimeSpan.FromHours(24);

    /// <summary>Reads it.</summary>
    /// <param name="section">The table, or null where there is none.</param>
    /// <param name="reads">The reads of the profile.</param>
    public static ProfileCalibration? Read(TomlSection? section, IReadOnlyList<ProfileRead> reads)
    {
        if (section is null)
        {
            return null;
        }

        var calibration = new ProfileCalibration(ProfileFile.Line(section, "source"))
        {
            Every = section.Duration("every", DayMin, DayMax),
            CheckEvery = section.Duration("check_every", DayMin, DayMax),
            Note = section.Has("note") ? ProfileFile.Line(section, "note") : null,
            Points = [.. section.Tables("point").Select(point => ReadPoint(point, reads))],
            Status = ReadStatus(section.Table("status")),
            Parts = [.. section.Tables("part").Select(ReadPart)],
        };
        if (calibration.Status is not null && calibration.Points.Count == 0)
        {
            section.Report("status", "a status without a point that it could be about", "add [[calibration.point]], or remove it");
        }

        section.RefuseUnknownKeys();
        return calibration;
    }

    private static CalibrationPoint ReadPoint(TomlSection section, IReadOnlyList<ProfileRead> reads)
    {
        var names = reads.SelectMany(read => read.Outputs).Select(output => output.Output.Name).ToList();
        var name = section.Text("output", required: true);
        if (name is not null && !names.Contains(name))
        {
            section.Report("output", $"there is no output \"{name}\"", $"use one of: {string.Join(", ", names)}");
        }

        var point = new CalibrationPoint(
            ProfileFile.Line(section, "standard"),
            name ?? "",
            section.Number("value", required: true) ?? 0,
            section.Duration("soak", TimeSpan.Zero, SoakMax) ?? TimeSpan.Zero,
            ProfileHex.ReadStep(section));
        section.RefuseUnknownKeys();
        return point;
    }

    private static CalibrationStatus? ReadStatus(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var status = new CalibrationStatus(
            (ushort)(section.Integer("register", 0, ushort.MaxValue, required: true) ?? 0),
            (int)(section.Integer("at", 0, 1, required: true) ?? 0),
            [.. section.Tables("code").Select(ReadCode)],
            ProfileFile.Line(section, "source"));
        if (!status.Codes.Any(code => code.IsGood))
        {
            section.Report("code", "no code of this status is good", "say of one of them: good = true");
        }

        section.RefuseUnknownKeys();
        return status;
    }

    private static CalibrationCode ReadCode(TomlSection section)
    {
        var code = new CalibrationCode(
            (byte)(section.Integer("is", byte.MinValue, byte.MaxValue, required: true) ?? 0),
            section.Flag("good") ?? false,
            ProfileFile.Line(section, "text"));
        section.RefuseUnknownKeys();
        return code;
    }

    private static ProfilePart ReadPart(TomlSection section)
    {
        var part = new ProfilePart(
            ProfileFile.Line(section, "name"), section.Duration("life", DayMin, DayMax, required: true) ?? DayMin);
        section.RefuseUnknownKeys();
        return part;
    }
}
