use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub held_on: String,
    #[sea_orm(column_type = "Text")]
    pub topic: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub host: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub form: String,
    pub n_eligible: i64,
    pub n_present: i64,
    pub n_guests: i64,
    pub minutes: i64,
    #[sea_orm(column_type = "Text")]
    pub absences: String,
    #[sea_orm(column_type = "Text")]
    pub contents: String,
    #[sea_orm(column_type = "Text")]
    pub decisions: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    pub is_on_paper: bool,
    #[sea_orm(column_type = "Text")]
    pub entered_on: String,
    pub entered_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    #[sea_orm(column_type = "Text")]
    pub record_key: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub makes_up: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub late_reason: Option<String>,
    pub waits_for_consent: bool,
    pub accepted_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub accepted_at: Option<String>,
    pub returned_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub returned_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub returned_reason: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub updated_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
