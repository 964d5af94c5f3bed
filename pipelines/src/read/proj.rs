//! The coordinate operations that PROJ knows between two reference systems, asked of PROJ itself.
//!
//! GDAL picks an operation and does not say which. Here it is listed, chosen, named, and then the very same object moves the coordinates.
#![expect(unsafe_code, reason = "PROJ, which GDAL brings along, has a C interface only")]

use std::ffi::{CStr, CString, c_char, c_double, c_int, c_void};
use std::ptr;

/// West, south, east, north, in degrees.
pub(super) type Area = [f64; 4];

/// A coordinate operation from a reference system to longitude and latitude on WGS 84, both in the order east, north.
#[derive(Debug)]
pub(super) struct Operation {
    // Before the context: it is freed first.
    object: Object,
    _context: Context,
    pub(super) name: String,
    /// As EPSG states it; zero for a mere change of projection, nothing when nobody knows.
    pub(super) accuracy_m: Option<f64>,
    /// PROJ's pipeline, axes east before north.
    pub(super) pipeline: String,
    /// The change of datum is left out, for want of one.
    pub(super) ballpark: bool,
}

/// An operation that could be taken.
struct Choice {
    object: Object,
    name: String,
    accuracy_m: Option<f64>,
    ballpark: bool,
    area: Option<Area>,
    area_name: String,
}

/// Versions of PROJ and of its EPSG tables.
pub(super) struct Versions {
    pub(super) proj: String,
    pub(super) epsg: String,
}

/// The best operation for that area, network off.
///
/// With `direct` no detour over a third datum is taken. `None` when the definition is no reference system of places on the ground.
pub(super) fn operation(definition: &str, area: Area, direct: bool) -> Option<Operation> {
    let context = Context::new()?;
    let (source, target) = (context.crs(definition)?, context.crs("EPSG:4326")?);
    let mut found = context.operations(&source, &target, Some(area), direct);
    if found.iter().all(|operation| operation.ballpark) {
        // A shift stated for a neighbouring area is nearer the truth than no shift, but nobody states its accuracy here.
        let elsewhere = context.operations(&source, &target, None, direct).into_iter();
        let stretched =
            elsewhere.filter(|operation| !operation.ballpark).map(|operation| Choice { accuracy_m: None, ..operation });
        found.splice(0..0, stretched);
    }
    let best = (0..found.len()).min_by(|a, b| {
        let rank = |place: &usize| found[*place].rank(area);
        let accuracy = |place: &usize| found[*place].accuracy_m.unwrap_or(f64::MAX);
        rank(a).cmp(&rank(b)).then(accuracy(a).total_cmp(&accuracy(b))).then(a.cmp(b))
    })?;
    let taken = found.swap_remove(best);
    drop((found, source, target));
    let object = context.east_first(&taken.object)?;
    let pipeline = context.pipeline(&object);
    Some(Operation {
        object,
        name: taken.name,
        accuracy_m: taken.accuracy_m,
        pipeline,
        ballpark: taken.ballpark,
        _context: context,
    })
}

/// The versions of what is linked.
pub(super) fn versions() -> Versions {
    // SAFETY: both give pointers to text that PROJ keeps; the second may give none, which `text` allows.
    unsafe {
        let proj = text(proj_info().version);
        let epsg =
            Context::new().map(|context| text(proj_context_get_database_metadata(context.0, c"EPSG.VERSION".as_ptr())));
        Versions { proj, epsg: epsg.unwrap_or_default() }
    }
}

impl Operation {
    /// Moves positions in place to longitude and latitude; those that cannot be moved become infinite.
    pub(super) fn forward(&self, xs: &mut [f64], ys: &mut [f64]) {
        let count = xs.len().min(ys.len());
        let stride = size_of::<f64>();
        // SAFETY: both slices hold at least `count` numbers at that stride, and no array of heights or times is given. The object lives
        // as long as `self`, is not `Sync`, and its context is its own.
        unsafe {
            proj_errno_reset(self.object.0);
            proj_trans_generic(
                self.object.0,
                FORWARD,
                xs.as_mut_ptr(),
                stride,
                count,
                ys.as_mut_ptr(),
                stride,
                count,
                ptr::null_mut(),
                0,
                0,
                ptr::null_mut(),
                0,
                0,
            );
        }
    }
}

/// Words of area names by which an operation may serve in Chile: some are made for Argentina or Brazil, whose rectangles reach here.
const SERVES: [&str; 4] = ["Chile", "South America", "Latin America", "World"];

impl Choice {
    /// Lower is better: a shift at all, one meant for Chile, one that leaves less of the area out.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
    fn rank(&self, area: Area) -> u32 {
        let serves = self.area_name.is_empty() || SERVES.iter().any(|word| self.area_name.contains(word));
        let left_out = self.area.map_or(0.0, |own| 1.0 - covered(own, area)) * 100.0;
        u32::from(self.ballpark) * 10_000 + u32::from(!serves) * 1_000 + left_out.ceil() as u32
    }
}

/// The share of `area` inside `own`; a point or a line is in or out.
fn covered(own: Area, area: Area) -> f64 {
    let share = |low: usize, high: usize| {
        let overlap = own[high].min(area[high]) - own[low].max(area[low]);
        let length = area[high] - area[low];
        if overlap < 0.0 {
            0.0
        } else if length > 0.0 {
            overlap / length
        } else {
            1.0
        }
    };
    share(0, 2) * share(1, 3)
}

/// A PROJ context of our own.
#[derive(Debug)]
struct Context(*mut c_void);

/// A PROJ object; lives in a context that outlives it.
#[derive(Debug)]
struct Object(*mut c_void);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `Context::new`, freed once, after its objects.
        unsafe {
            proj_context_destroy(self.0);
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: given to us by PROJ, freed once, before its context.
        unsafe {
            proj_destroy(self.0);
        }
    }
}

impl Context {
    fn new() -> Option<Self> {
        // SAFETY: no argument; the pointer is checked before use.
        let context = unsafe { proj_context_create() };
        let context = (!context.is_null()).then_some(Self(context))?;
        // SAFETY: the context is alive.
        unsafe {
            proj_log_level(context.0, LOG_NOTHING);
            proj_context_set_enable_network(context.0, 0);
        }
        Some(context)
    }

    fn object(pointer: *mut c_void) -> Option<Object> {
        (!pointer.is_null()).then_some(Object(pointer))
    }

    /// `EPSG:32719`, WKT or PROJJSON.
    fn crs(&self, definition: &str) -> Option<Object> {
        let definition = CString::new(definition).ok()?;
        // SAFETY: the context is alive and the text ends with NUL.
        Self::object(unsafe { proj_create(self.0, definition.as_ptr()) })
    }

    fn operations(&self, source: &Object, target: &Object, area: Option<Area>, direct: bool) -> Vec<Choice> {
        // SAFETY: every pointer is alive and checked; the list and the factory are freed here, its elements are ours.
        unsafe {
            let factory = proj_create_operation_factory_context(self.0, ptr::null());
            if factory.is_null() {
                return Vec::new();
            }
            if let Some([west, south, east, north]) = area {
                proj_operation_factory_context_set_area_of_interest(self.0, factory, west, south, east, north);
            }
            proj_operation_factory_context_set_spatial_criterion(self.0, factory, PARTIAL_INTERSECTION);
            proj_operation_factory_context_set_grid_availability_use(self.0, factory, DISCARD_WITHOUT_GRID);
            if direct {
                proj_operation_factory_context_set_allow_use_intermediate_crs(self.0, factory, NEVER);
            }
            let list = proj_create_operations(self.0, source.0, target.0, factory);
            proj_operation_factory_context_destroy(factory);
            if list.is_null() {
                return Vec::new();
            }
            let count = proj_list_get_count(list);
            let found = (0..count).filter_map(|place| Self::object(proj_list_get(self.0, list, place)));
            let described = found.filter_map(|object| self.describe(object)).collect();
            proj_list_destroy(list);
            described
        }
    }

    /// `None` when it cannot be carried out here.
    fn describe(&self, object: Object) -> Option<Choice> {
        let mut area = [0.0; 4];
        let mut area_name = ptr::null();
        // SAFETY: context and object are alive; PROJ writes to numbers of ours, and its texts are copied at once.
        unsafe {
            if proj_coordoperation_is_instantiable(self.0, object.0) == 0 {
                return None;
            }
            let [west, south, east, north] = &mut area;
            let bounded = proj_get_area_of_use(self.0, object.0, west, south, east, north, &raw mut area_name) != 0;
            let stated = proj_coordoperation_get_accuracy(self.0, object.0);
            let conversion = proj_get_type(object.0) == CONVERSION;
            let ballpark = proj_coordoperation_has_ballpark_transformation(self.0, object.0) != 0;
            Some(Choice {
                name: text(proj_get_name(object.0)),
                accuracy_m: if stated >= 0.0 { Some(stated) } else { (conversion && !ballpark).then_some(0.0) },
                ballpark,
                area: bounded.then_some(area).filter(|area| area[0] >= -180.0 && area[0] <= area[2]),
                area_name: text(area_name),
                object,
            })
        }
    }

    /// The same operation with east before north on both sides.
    fn east_first(&self, object: &Object) -> Option<Object> {
        // SAFETY: context and object are alive.
        Self::object(unsafe { proj_normalize_for_visualization(self.0, object.0) })
    }

    fn pipeline(&self, object: &Object) -> String {
        // SAFETY: context and object are alive; the text is copied at once.
        unsafe { text(proj_as_proj_string(self.0, object.0, PROJ_5, ptr::null())) }
    }
}

/// # Safety
/// Null, or a text that ends with NUL and stays for the length of the call.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

const FORWARD: c_int = 1;
const LOG_NOTHING: c_int = 0;
/// `PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION`
const PARTIAL_INTERSECTION: c_int = 1;
/// `PROJ_GRID_AVAILABILITY_DISCARD_OPERATION_IF_MISSING_GRID`
const DISCARD_WITHOUT_GRID: c_int = 1;
/// `PROJ_INTERMEDIATE_CRS_USE_NEVER`
const NEVER: c_int = 2;
/// `PJ_TYPE_CONVERSION`
const CONVERSION: c_int = 21;
/// `PJ_PROJ_5`
const PROJ_5: c_int = 0;

#[repr(C)]
struct Info {
    major: c_int,
    minor: c_int,
    patch: c_int,
    release: *const c_char,
    version: *const c_char,
    searchpath: *const c_char,
    paths: *const *const c_char,
    path_count: usize,
}

#[link(name = "proj")]
unsafe extern "C" {
    fn proj_info() -> Info;
    fn proj_context_create() -> *mut c_void;
    fn proj_context_destroy(context: *mut c_void) -> *mut c_void;
    fn proj_context_set_enable_network(context: *mut c_void, enabled: c_int) -> c_int;
    fn proj_context_get_database_metadata(context: *mut c_void, key: *const c_char) -> *const c_char;
    fn proj_log_level(context: *mut c_void, level: c_int) -> c_int;
    fn proj_create(context: *mut c_void, definition: *const c_char) -> *mut c_void;
    fn proj_destroy(object: *mut c_void) -> *mut c_void;
    fn proj_create_operation_factory_context(context: *mut c_void, authority: *const c_char) -> *mut c_void;
    fn proj_operation_factory_context_destroy(factory: *mut c_void);
    fn proj_operation_factory_context_set_area_of_interest(
        context: *mut c_void,
        factory: *mut c_void,
        west: c_double,
        south: c_double,
        east: c_double,
        north: c_double,
    );
    fn proj_operation_factory_context_set_spatial_criterion(
        context: *mut c_void,
        factory: *mut c_void,
        criterion: c_int,
    );
    fn proj_operation_factory_context_set_grid_availability_use(
        context: *mut c_void,
        factory: *mut c_void,
        usage: c_int,
    );
    fn proj_operation_factory_context_set_allow_use_intermediate_crs(
        context: *mut c_void,
        factory: *mut c_void,
        usage: c_int,
    );
    fn proj_create_operations(
        context: *mut c_void,
        source: *const c_void,
        target: *const c_void,
        factory: *const c_void,
    ) -> *mut c_void;
    fn proj_list_get_count(list: *const c_void) -> c_int;
    fn proj_list_get(context: *mut c_void, list: *const c_void, index: c_int) -> *mut c_void;
    fn proj_list_destroy(list: *mut c_void);
    fn proj_get_name(object: *const c_void) -> *const c_char;
    fn proj_get_type(object: *const c_void) -> c_int;
    fn proj_get_area_of_use(
        context: *mut c_void,
        object: *const c_void,
        west: *mut c_double,
        south: *mut c_double,
        east: *mut c_double,
        north: *mut c_double,
        name: *mut *const c_char,
    ) -> c_int;
    fn proj_coordoperation_get_accuracy(context: *mut c_void, object: *const c_void) -> c_double;
    fn proj_coordoperation_has_ballpark_transformation(context: *mut c_void, object: *const c_void) -> c_int;
    fn proj_coordoperation_is_instantiable(context: *mut c_void, object: *const c_void) -> c_int;
    fn proj_normalize_for_visualization(context: *mut c_void, object: *const c_void) -> *mut c_void;
    fn proj_as_proj_string(
        context: *mut c_void,
        object: *const c_void,
        kind: c_int,
        options: *const *const c_char,
    ) -> *const c_char;
    fn proj_errno_reset(object: *const c_void) -> c_int;
    fn proj_trans_generic(
        object: *mut c_void,
        direction: c_int,
        x: *mut c_double,
        x_stride: usize,
        x_count: usize,
        y: *mut c_double,
        y_stride: usize,
        y_count: usize,
        z: *mut c_double,
        z_stride: usize,
        z_count: usize,
        t: *mut c_double,
        t_stride: usize,
        t_count: usize,
    ) -> usize;
}
