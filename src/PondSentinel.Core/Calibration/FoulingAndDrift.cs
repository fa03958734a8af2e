using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>What a visit to a probe shows of its fouling and drift, by Wagner and others 2006 (USGS Techniques and Methods 1-D3): how
/// much, whether a correction is due, and how good the record was.</summary>
/// <remarks>The document is named in the domain facts; its table of criteria is quoted there from memory.</remarks>
/// <param name="FoulingPercent">Fouling, % of the reading before cleaning; to be added to the readings.</param>
/// <param name="DriftPercent">Drift of the calibration, % of the reading in the standard; likewise.</param>
/// <param name="FoulingUnits">Fouling in the measurand's unit.</param>
/// <param name="DriftUnits">Drift in the measurand's unit.</param>
public sealed record FoulingAndDrift(double FoulingPercent, double DriftPercent, double FoulingUnits, double DriftUnits)
{
    /// <summary>Both, without their signs, %.</summary>
    public double TotalPercent => Math.Abs(FoulingPercent) + Math.Abs(DriftPercent);

    /// <summary>Both, without their signs, in the measurand's unit.</summary>
    public double TotalUnits => Math.Abs(FoulingUnits) + Math.Abs(DriftUnits);

    /// <summary>What to add to a reading at the end of the time, % of it.</summary>
    public double CorrectionPercent => FoulingPercent + DriftPercent;

    /// <summary>What a visit shows.</summary>
    /// <param name="before">The probe in the water before cleaning.</param>
    /// <param name="after">The probe in the water after cleaning.</param>
    /// <param name="fieldStart">Another, clean meter in the water, when the first was read.</param>
    /// <param name="fieldEnd">The other meter, when the second was read.</param>
    /// <param name="standard">Value of the standard.</param>
    /// <param name="inStandard">The cleaned probe in it, before it is calibrated.</param>
    public static FoulingAndDrift Of(
        double before, double after, double fieldStart, double fieldEnd, double standard, double inStandard)
    {
        var fouling = after - before - (fieldEnd - fieldStart);
        var drift = standard - inStandard;
        return new FoulingAndDrift(100 * fouling / before, 100 * drift / inStandard, fouling, drift);
    }

    /// <summary>A reading corrected: nothing at the visit before, all of it at this one, in proportion between.</summary>
    /// <param name="raw">The reading.</param>
    /// <param name="timeMs">When it was read.</param>
    /// <param name="startMs">The visit before.</param>
    /// <param name="endMs">This visit, later.</param>
    /// <param name="percentAtEnd">What is to be added at this visit, %.</param>
    /// <returns>The corrected reading; the reading itself at and before the visit before, and the whole correction after this one.
    /// </returns>
    public static double Prorated(double raw, long timeMs, long startMs, long endMs, double percentAtEnd)
    {
        var share = endMs > startMs ? Math.Clamp(((double)timeMs - startMs) / ((double)endMs - startMs), 0, 1) : timeMs > startMs ? 1 : 0;
        return raw * (1 + (share * percentAtEnd / 100));
    }
}

/// <summary>What USGS asks of a measurand: when it is corrected, when it is not published, and how a record is rated.</summary>
/// <param name="Correct">Beyond this a correction is made.</param>
/// <param name="Ratings">How good a record is; null where there are no ratings.</param>
public sealed record CorrectionCriteria(Tolerance Correct, RatingLimits? Ratings)
{
    /// <summary>The criteria of a measurand.</summary>
    /// <param name="measurand">What is measured.</param>
    /// <returns>The criteria; null for a measurand that has none.</returns>
    public static CorrectionCriteria? Of(Measurand measurand) => measurand switch
    {
        Measurand.Ph => new CorrectionCriteria(new(0.2, 0), new(new(2, 0), new(0.2, 0), new(0.5, 0), new(0.8, 0))),
        Measurand.SpecificConductance => new CorrectionCriteria(new(5, 3), new(new(0, 30), new(0, 3), new(0, 10), new(0, 15))),
        Measurand.TurbidityNtu or Measurand.TurbidityFnu =>
            new CorrectionCriteria(new(0.5, 5), new(new(3, 30), new(0.5, 5), new(0, 10), new(0, 15))),
        Measurand.WaterTemperature => new CorrectionCriteria(new(0.2, 0), null),
        Measurand.DissolvedOxygen => new CorrectionCriteria(new(0.3, 0), null),
        _ => null,
    };

    /// <summary>Whether the record is to be corrected.</summary>
    /// <param name="found">Fouling and drift.</param>
    /// <param name="reading">The reading that they are of.</param>
    public bool IsDue(FoulingAndDrift found, double reading) => !Correct.Contains(found, reading);
}

/// <summary>How a record is rated.</summary>
/// <param name="Publish">Beyond this it is not published, corrected or not.</param>
/// <param name="Excellent">Up to this it is excellent.</param>
/// <param name="Good">Up to this it is good.</param>
/// <param name="Fair">Up to this it is fair; beyond it poor.</param>
public sealed record RatingLimits(Tolerance Publish, Tolerance Excellent, Tolerance Good, Tolerance Fair)
{
    /// <summary>What a visit says of a record.</summary>
    /// <param name="found">Fouling and drift.</param>
    /// <param name="reading">The reading that they are of.</param>
    public RecordRating Rate(FoulingAndDrift found, double reading)
    {
        bool Within(Tolerance tolerance) => tolerance.Contains(found, reading);
        return !Within(Publish) ? RecordRating.NotPublished
            : Within(Excellent) ? RecordRating.Excellent
            : Within(Good) ? RecordRating.Good
            : Within(Fair) ? RecordRating.Fair
            : RecordRating.Poor;
    }
}

/// <summary>So much, or such a share of the reading, whichever is more.</summary>
/// <param name="Units">In the measurand's unit.</param>
/// <param name="Percent">Of the reading.</param>
public readonly record struct Tolerance(double Units, double Percent)
{
    // 7.2 is 0.2 above 7 to anybody but a computer.
    private const double Slack = 1 + 1e-9;

    /// <summary>Whether fouling and drift are no more than this. What is no number is more.</summary>
    /// <param name="found">Fouling and drift.</param>
    /// <param name="reading">The reading that they are of.</param>
    public bool Contains(FoulingAndDrift found, double reading) =>
        Units >= Percent / 100 * Math.Abs(reading) || Percent == 0 ? found.TotalUnits <= Units * Slack : found.TotalPercent <= Percent * Slack;
}

/// <summary>How good a record was.</summary>
public enum RecordRating
{
    /// <summary>Nothing that matters.</summary>
    Excellent,

    /// <summary>Little.</summary>
    Good,

    /// <summary>Much.</summary>
    Fair,

    /// <summary>Too much to be proud of.</summary>
    Poor,

    /// <summary>Too much to be published.</summary>
    NotPublished,
}
